/** On-site messages in a web page: the inbox, as calls for a page's own list and as a bell with a panel. */
export const BELL = String.raw`
	/** {messages, unread}; opened: the person looks at them, so that those that are new count as shown. */
	async function inbox(options) {
		var told = await send('onsite', { do: 'inbox', open: Boolean(options && options.opened) });
		var found = (told && told.inbox) || { messages: [], unread: 0 };
		ring(found.unread);
		return found;
	}
	inbox.read = function (message) { return act(message, { do: 'read' }); };
	inbox.dismiss = function (message) { return act(message, { do: 'dismiss' }); };
	inbox.clicked = function (message, button) { return act(message, { do: 'click', button: button }); };
	var BELL_SHAPE = ['M12 3a6 6 0 0 0-6 6c0 5-2 6.500-2 6.500h16S18 14 18 9a6 6 0 0 0-6-6z', 'M10 19a2.200 2.200 0 0 0 4 0'];
	var bells = [];
	var unread = 0;
	function ring(count) {
		unread = count;
		bells.forEach(function (bell) { bell.show(); });
	}
	function mountBells() {
		document.querySelectorAll('[data-journeys-inbox]').forEach(function (place) {
			if (!bells.some(function (bell) { return bell.place === place; })) bells.push(bellIn(place));
		});
	}
	function unmountBells() {
		bells.forEach(function (bell) { bell.host.remove(); });
		bells = [];
	}
	function ago(iso) {
		var minutes = Math.round((Date.parse(iso) - Date.now()) / 60000);
		var said = new Intl.RelativeTimeFormat(document.documentElement.lang || undefined, { numeric: 'auto' });
		if (minutes === 0) return said.format(0, 'second');
		if (Math.abs(minutes) < 60) return said.format(minutes, 'minute');
		return Math.abs(minutes) < 1440 ? said.format(Math.round(minutes / 60), 'hour') : said.format(Math.round(minutes / 1440), 'day');
	}
	function bellIn(place) {
		var framed = frame({}, 'bell');
		var badge = h('span', { class: 'badge', 'aria-hidden': 'true' });
		var button = h('button', { type: 'button', class: 'bell', 'aria-expanded': 'false', 'aria-haspopup': 'dialog', click: function () { if (panel.hidden) openPanel(); else closePanel(true); } }, [svg(24, BELL_SHAPE), badge]);
		var list = h('div', { class: 'list' });
		var panel = h('section', { class: 'panel', role: 'dialog', 'aria-label': word('inbox'), tabindex: '-1', hidden: true }, [h('h2', {}, [word('inbox')]), list]);
		framed.look.append(h('div', { class: 'tower', keydown: function (event) { if (event.key === 'Escape' && !panel.hidden) closePanel(true); } }, [button, panel]));
		place.append(framed.host);
		document.addEventListener('click', function (event) { if (!panel.hidden && event.composedPath().indexOf(framed.host) < 0) closePanel(false); });
		function show() {
			badge.textContent = unread > 99 ? '99+' : String(unread);
			badge.hidden = unread === 0;
			button.setAttribute('aria-label', unread === 0 ? word('inbox') : word('inbox') + ', ' + unread + ' ' + word('unread'));
		}
		function closePanel(back) {
			panel.hidden = true;
			button.setAttribute('aria-expanded', 'false');
			if (back) button.focus();
		}
		async function openPanel() {
			panel.hidden = false;
			button.setAttribute('aria-expanded', 'true');
			// Where the panel would leave the window it opens to the other side.
			panel.classList.remove('mirrored');
			var at = panel.getBoundingClientRect();
			if (at.left < 8 || at.right > innerWidth - 8) panel.classList.add('mirrored');
			panel.focus({ preventScroll: true });
			var found = await inbox({ opened: true });
			list.replaceChildren();
			if (found.messages.length === 0) list.append(h('p', { class: 'empty' }, [word('empty')]));
			found.messages.forEach(function (message) { list.append(item(message)); });
			found.messages.filter(function (message) { return !message.read; }).forEach(function (message) { act(message, { do: 'read' }); });
			ring(0);
		}
		function item(message) {
			function done() { entry.remove(); if (list.childElementCount === 0) list.append(h('p', { class: 'empty' }, [word('empty')])); }
			var parts = content(message, done, 'h3');
			var entry = h('article', { class: 'item' + (message.read ? '' : ' new') + (parts.image ? ' pictured' : ''), 'aria-labelledby': parts.id }, [parts.image, h('div', { class: 'entry' }, [h('time', { datetime: message.at }, [ago(message.at)]), parts.body]), closer(message, done)]);
			return entry;
		}
		show();
		return { place: place, host: framed.host, show: show };
	}
`;
