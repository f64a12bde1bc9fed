/**
 * On-site messages in a web page, first part: who looks, and what is asked of the collector when. See on-site-script.ts.
 *
 * A page asks when it opens, when its address changes, when it comes to the front, and when something of which the last answer said that a message
 * waits for it has happened (so many seconds, so far scrolled, the pointer on its way out, an event). The engine decides each time what is shown and counts it
 * at once; whatever it answers is therefore shown, in this page.
 */
export const ASK = String.raw`
	var script = document.currentScript || document.querySelector('script[src*="/onsite.js"]');
	var key = script && script.getAttribute('data-write-key');
	var journeys = (window.journeys = window.journeys && !Array.isArray(window.journeys) ? window.journeys : {});
	if (journeys.onSite) return journeys.onSite.start();
	if (!key) return console.error('Journeys: onsite.js needs data-write-key.');
	var base = script.src.replace(/\/onsite\.js.*$/, '');
	var brand = { accent: script.getAttribute('data-color') || '', theme: script.getAttribute('data-theme') || 'auto', radius: script.getAttribute('data-radius') };
	var user = { id: script.getAttribute('data-user-id'), token: script.getAttribute('data-user-token') };
	var running = false;
	var page = {};
	var asking = false;
	var again = null;
	var armed = [];

	// Made and kept as Segment's browser SDK does it, so that both are one visitor.
	function ownId() {
		var cookie = /(?:^|;\s*)ajs_anonymous_id=([^;]+)/.exec(document.cookie);
		var kept = cookie ? decodeURIComponent(cookie[1]) : null;
		try { kept = kept || localStorage.getItem('ajs_anonymous_id'); } catch (denied) { /* Then for this page. */ }
		kept = kept && kept.replace(/^"(.*)"$/, '$1');
		if (kept) return kept;
		var made = Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) { return byte.toString(16).padStart(2, '0'); }).join('');
		try { localStorage.setItem('ajs_anonymous_id', JSON.stringify(made)); } catch (denied) { /* As above. */ }
		return made;
	}
	var visitor;
	function anonymousId() {
		var sdk = window.analytics;
		if (sdk && sdk.initialized && sdk.user) return Promise.resolve(sdk.user().anonymousId());
		if (sdk && sdk.invoked && sdk.ready) return new Promise(function (resolve) { sdk.ready(function () { resolve(window.analytics.user().anonymousId()); }); });
		visitor = visitor || ownId();
		return Promise.resolve(visitor);
	}
	async function send(route, body) {
		var who = { writeKey: key, anonymousId: await anonymousId() };
		if (user.id && user.token) { who.userId = user.id; who.userToken = user.token; }
		if (!running) return null;
		try {
			// As plain text: no preflight, and a page that is being left still delivers it.
			var answer = await fetch(base + '/' + route, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(Object.assign(who, body)), keepalive: true, credentials: 'omit' });
			var told = await answer.json();
			return answer.ok ? told : Object.assign(told, { failed: answer.status });
		} catch (away) {
			return null;
		}
	}
	function act(message, what) {
		return send('onsite', Object.assign({ token: message.token, url: location.href }, what));
	}
	function restart() {
		page = { url: location.href, openedAt: performance.now(), scroll: 0, exit: false };
		measure();
	}
	function seconds() { return (performance.now() - page.openedAt) / 1000; }
	function measure() {
		var root = document.documentElement;
		var room = root.scrollHeight - innerHeight;
		// A page whose style sheet has not come yet is short.
		if (room <= 0 && document.readyState !== 'complete') return;
		page.scroll = Math.max(page.scroll, room <= 0 ? 100 : Math.min(100, Math.round((100 * scrollY) / room)));
	}
	function state(events) {
		measure();
		return { url: location.href, seconds: seconds(), scroll: page.scroll, exit: page.exit, events: events, slots: freeSlots(), overlay: !isOpen() && !document.hidden };
	}
	// One question at a time; what happens meanwhile is asked about afterwards.
	async function ask(events) {
		if (!running) return;
		if (asking) { again = (again || []).concat(events || []); return; }
		asking = true;
		var told = await send('onsite', { do: 'decide', page: state(events || []) });
		asking = false;
		if (told && told.onSite) heed(told.onSite);
		if (again) { var more = again; again = null; await ask(more); }
	}
	function heed(decision) {
		if (!running) return;
		for (var slot in decision.slots) fill(slot, decision.slots[slot]);
		if (decision.overlay) open(decision.overlay);
		ring(decision.unread);
		arm(decision.watch);
	}
	function arm(watch) {
		armed.forEach(function (disarm) { disarm(); });
		armed = [];
		watch.forEach(function (trigger) {
			if (trigger.on === 'delay') {
				var timer = setTimeout(function () { ask(); }, Math.max(100, (trigger.seconds - seconds()) * 1000 + 50));
				armed.push(function () { clearTimeout(timer); });
			} else if (trigger.on === 'scroll') once(window, 'scroll', function () { measure(); return page.scroll >= trigger.percent; });
			else if (trigger.on === 'exit') once(document.documentElement, 'mouseleave', function (event) { return (page.exit = event.clientY <= 0); });
		});
		page.awaited = watch.flatMap(function (trigger) { return trigger.on === 'event' ? [trigger.event] : []; });
	}
	function once(target, name, isMet) {
		function hear(event) {
			if (!isMet(event)) return;
			target.removeEventListener(name, hear);
			ask();
		}
		target.addEventListener(name, hear, { passive: true });
		armed.push(function () { target.removeEventListener(name, hear); });
	}
	// An event may start a journey that has something to show in a moment.
	function happened(name) {
		if (!running) return;
		if ((page.awaited || []).indexOf(name) > -1) ask([name]);
		[1500, 5000].forEach(function (ms) { setTimeout(function () { ask(); }, ms); });
	}
	/** Tells of an event, and shows what its answer brings. */
	async function track(name, properties) {
		var told = await send('track', {
			event: name, properties: properties || {}, messageId: 'onsite-' + Array.from(crypto.getRandomValues(new Uint32Array(4)), function (part) { return part.toString(36); }).join(''),
			context: { page: { url: location.href, path: location.pathname, search: location.search, title: document.title, referrer: document.referrer } },
			decide: { page: state([]), userId: user.id, userToken: user.token }
		});
		if (told && told.onSite) heed(told.onSite);
		if (running) [1500, 5000].forEach(function (ms) { setTimeout(function () { ask(); }, ms); });
	}
	function look() {
		if (!running || document.hidden) return;
		watchSlots();
		mountBells();
		if (page.url !== location.href) { restart(); ask(); }
	}
	function start() {
		if (running || (journeys.allowed && !journeys.allowed())) return;
		running = true;
		restart();
		watchSlots();
		mountBells();
		ask();
	}
	/** Nothing is asked and nothing stands on the page any more; what was on its way is not shown. */
	function stop() {
		running = false;
		arm([]);
		closeAll();
	}
`;

/** Last part: begins. */
export const START = String.raw`
	document.addEventListener('visibilitychange', function () { if (!document.hidden) { look(); ask(); } });
	setInterval(look, 500);
	if (window.analytics && window.analytics.on) window.analytics.on('track', function (name) { happened(name); });
	journeys.onSite = { start: start, stop: stop, ask: function () { return ask(); } };
	journeys.track = track;
	journeys.user = function (id, token) { user = { id: id, token: token }; return ask(); };
	journeys.inbox = inbox;
	if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
	else start();
`;
