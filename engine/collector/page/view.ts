/** On-site messages in a web page: overlays and inline places. Built from elements and text alone, each in a shadow root with a style sheet of its own: nothing that a strict content security policy forbids. */
export const VIEW = String.raw`
	var WORDS = {
		en: ['Close', 'Send', 'Skip', 'Messages', 'No messages yet', 'That did not work. Please try again.', 'Anything you would like to add?', 'Email', 'Phone', 'First name', 'new', 'Good', 'Bad', 'Please check:', 'Too often for now. Please look for our message, or try again later.'],
		de: ['Schließen', 'Senden', 'Überspringen', 'Nachrichten', 'Noch keine Nachrichten', 'Das hat nicht geklappt. Bitte noch einmal versuchen.', 'Möchten Sie noch etwas sagen?', 'E-Mail', 'Telefon', 'Vorname', 'neu', 'Gut', 'Schlecht', 'Bitte prüfen:', 'Zu oft für den Moment. Bitte sehen Sie nach unserer Nachricht oder versuchen Sie es später noch einmal.'],
		es: ['Cerrar', 'Enviar', 'Omitir', 'Mensajes', 'Aún no hay mensajes', 'No ha funcionado. Inténtalo de nuevo.', '¿Quieres añadir algo?', 'Correo electrónico', 'Teléfono', 'Nombre', 'nuevos', 'Bien', 'Mal', 'Revisa:', 'Demasiadas veces por ahora. Busca nuestro mensaje o inténtalo más tarde.'],
		fr: ['Fermer', 'Envoyer', 'Passer', 'Messages', 'Aucun message', 'Cela n’a pas fonctionné. Veuillez réessayer.', 'Souhaitez-vous ajouter quelque chose ?', 'E-mail', 'Téléphone', 'Prénom', 'nouveaux', 'Bien', 'Mal', 'Vérifiez :', 'Trop souvent pour le moment. Cherchez notre message ou réessayez plus tard.'],
		ja: ['閉じる', '送信', 'スキップ', 'メッセージ', 'メッセージはまだありません', 'うまくいきませんでした。もう一度お試しください。', '他にお伝えになりたいことはありますか？', 'メールアドレス', '電話番号', '名前', '件の新着', '良い', '悪い', 'ご確認ください：', '回数が多すぎます。お送りしたメッセージをご確認いただくか、後でもう一度お試しください。'],
		ko: ['닫기', '보내기', '건너뛰기', '메시지', '아직 메시지가 없습니다', '문제가 발생했습니다. 다시 시도해 주세요.', '더 하고 싶은 말씀이 있나요?', '이메일', '전화번호', '이름', '개의 새 메시지', '좋음', '나쁨', '확인해 주세요:', '시도가 너무 많습니다. 보내 드린 메시지를 확인하시거나 나중에 다시 시도해 주세요.'],
		zh: ['关闭', '发送', '跳过', '消息', '暂无消息', '操作未成功，请重试。', '还有什么想补充的吗？', '电子邮件', '电话', '名字', '条新消息', '好', '不好', '请检查：', '操作过于频繁。请查看我们发送的消息，或稍后再试。'],
		ar: ['إغلاق', 'إرسال', 'تخطي', 'الرسائل', 'لا توجد رسائل بعد', 'لم ينجح ذلك. يرجى المحاولة مرة أخرى.', 'هل تود إضافة شيء؟', 'البريد الإلكتروني', 'الهاتف', 'الاسم الأول', 'جديدة', 'جيد', 'سيئ', 'يرجى التحقق من:', 'محاولات كثيرة جدًا الآن. يرجى البحث عن رسالتنا أو المحاولة لاحقًا.']
	};
	var NAMES = ['close', 'send', 'skip', 'inbox', 'empty', 'failed', 'more', 'email', 'phone', 'firstName', 'unread', 'good', 'bad', 'check', 'often'];
	function word(name) {
		var words = WORDS[(document.documentElement.lang || navigator.language || 'en').slice(0, 2).toLowerCase()] || WORDS.en;
		return words[NAMES.indexOf(name)];
	}
	var sheet;
	function h(name, attributes, children) {
		var element = document.createElement(name);
		for (var attribute in attributes || {}) {
			var value = attributes[attribute];
			if (value === null || value === undefined || value === false) continue;
			if (typeof value === 'function') element.addEventListener(attribute, value);
			else element.setAttribute(attribute, value === true ? '' : value);
		}
		(children || []).forEach(function (child) { if (child !== null && child !== undefined) element.append(child); });
		return element;
	}
	function svg(size, paths) {
		var NS = 'http://www.w3.org/2000/svg';
		var element = document.createElementNS(NS, 'svg');
		[['viewBox', '0 0 ' + size + ' ' + size], ['aria-hidden', 'true'], ['focusable', 'false']].forEach(function (pair) { element.setAttribute(pair[0], pair[1]); });
		paths.forEach(function (d) {
			var path = document.createElementNS(NS, 'path');
			path.setAttribute('d', d);
			element.append(path);
		});
		return element;
	}
	function luminance(hex) {
		var parts = [1, 3, 5].map(function (at) { var c = parseInt(hex.slice(at, at + 2), 16) / 255; return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4); });
		return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
	}
	// A shadow root of the message's own, with the brand's colour and letters on it that can be read.
	function frame(style, kind) {
		var host = document.createElement('div');
		host.setAttribute('data-journeys', kind);
		var root = host.attachShadow({ mode: 'open' });
		if (!sheet) { sheet = new CSSStyleSheet(); sheet.replaceSync(CSS); }
		root.adoptedStyleSheets = [sheet];
		var theme = style.theme && style.theme !== 'auto' ? style.theme : brand.theme;
		var look = h('div', { class: 'look', dir: getComputedStyle(document.documentElement).direction, lang: document.documentElement.lang || null, 'data-theme': theme });
		var accent = [style.accent, brand.accent].find(function (colour) { return /^#[0-9a-f]{6}$/i.test(colour || ''); });
		if (accent) {
			look.style.setProperty('--act', accent);
			look.style.setProperty('--act-ink', luminance(accent) > 0.1791 ? '#111318' : '#ffffff');
		}
		if (/^\d{1,2}$/.test(brand.radius || '')) look.style.setProperty('--radius', brand.radius + 'px');
		root.append(look);
		return { host: host, look: look };
	}
	function isWeb(url) { return /^https?:\/\//i.test(url || ''); }
	function paragraphs(text) {
		return text.split(/\n{2,}/).filter(function (part) { return part.trim() !== ''; }).map(function (part) { return h('p', {}, [part]); });
	}
	var counted = 0;
	// What every kind holds: image, headline, text, then a form, a survey or buttons. done: takes the message away.
	function content(message, done, level) {
		var given = message.content;
		var id = 'journeys-' + (counted += 1);
		var parts = [];
		if (given.headline) parts.push(h(level || 'h2', { id: id }, [given.headline]));
		parts = parts.concat(paragraphs(given.text));
		if (given.form) parts.push(form(message, given.form, done));
		else if (given.survey) parts.push(survey(message, given.survey, done));
		else if (given.buttons.length > 0) parts.push(h('div', { class: 'buttons' }, given.buttons.map(function (button, at) { return buttonOf(message, button, at, done); })));
		var image = isWeb(given.imageUrl) ? h('img', { src: given.imageUrl, alt: given.imageAlt || '' }) : null;
		return { id: given.headline ? id : null, image: image, body: h('div', { class: 'body' }, parts) };
	}
	function buttonOf(message, button, at, done) {
		var look = at === 0 ? 'act' : 'quiet';
		if (!isWeb(button.url)) return h('button', { type: 'button', class: look, click: function () { act(message, { do: 'dismiss' }); done(); } }, [button.label]);
		return h('a', { class: look, href: button.url, click: function () { act(message, { do: 'click', button: at }); if (message.kind !== 'inbox' && message.kind !== 'inline') setTimeout(done, 0); } }, [button.label]);
	}
	function closer(message, done) {
		return h('button', { type: 'button', class: 'close', 'aria-label': word('close'), click: function () { act(message, { do: 'dismiss' }); done(); } }, [svg(20, ['M5 5l10 10M15 5L5 15'])]);
	}
	var overlay = null;
	function isOpen() { return overlay !== null; }
	function open(message) {
		if (isOpen()) return;
		var framed = frame(message.style, message.kind);
		var before = document.activeElement;
		function done() {
			if (overlay === null || overlay.host !== framed.host) return;
			overlay = null;
			framed.host.remove();
			if (message.kind === 'modal' && before && before.focus) before.focus({ preventScroll: true });
		}
		var parts = content(message, done);
		var box = h(message.kind === 'modal' ? 'dialog' : 'section', { class: message.kind + ' ' + (message.style.position || '') + (parts.image ? ' pictured' : '') + (message.content.survey ? ' asks' : ''), 'aria-labelledby': parts.id, 'aria-label': parts.id ? null : (message.content.survey ? message.content.survey.question : word('inbox')) },
			[parts.image, parts.body, closer(message, done)]);
		overlay = { host: framed.host, done: done };
		framed.look.append(box);
		// Who listens to the page hears of what was not there when it opened.
		if (message.kind !== 'modal') box.setAttribute('role', message.content.form || message.content.survey ? 'region' : 'status');
		document.body.append(framed.host);
		function leave(event) {
			event.preventDefault();
			act(message, { do: 'dismiss' });
			done();
		}
		if (message.kind !== 'modal') return box.addEventListener('keydown', function (event) { if (event.key === 'Escape') leave(event); });
		box.addEventListener('cancel', leave);
		box.addEventListener('click', function (event) { if (event.target === box && !message.content.form) leave(event); });
		box.showModal();
		// Not on its first button: nobody has chosen anything yet, and a phone would bring its keyboard up.
		box.setAttribute('tabindex', '-1');
		box.focus({ preventScroll: true });
	}
	var slots = new Map();
	var seen = new Set();
	var sight = window.IntersectionObserver && new IntersectionObserver(function (entries) {
		var came = false;
		entries.forEach(function (entry) {
			var name = entry.target.getAttribute('data-journeys-slot');
			if (entry.isIntersecting && !seen.has(name)) { seen.add(name); came = true; }
		});
		if (came) ask();
	});
	// A place counts as free once somebody can see it.
	function watchSlots() {
		document.querySelectorAll('[data-journeys-slot]').forEach(function (place) {
			if (slots.get(place)) return;
			slots.set(place, { host: null });
			if (sight) sight.observe(place);
			else seen.add(place.getAttribute('data-journeys-slot'));
		});
	}
	function freeSlots() {
		return Array.from(slots).flatMap(function (pair) { var name = pair[0].getAttribute('data-journeys-slot'); return pair[0].isConnected && pair[1].host === null && seen.has(name) ? [name] : []; });
	}
	function fill(name, message) {
		slots.forEach(function (slot, place) {
			if (slot.host !== null || place.getAttribute('data-journeys-slot') !== name) return;
			var framed = frame(message.style, 'inline');
			slot.host = framed.host;
			function done() { framed.host.remove(); }
			var parts = content(message, done);
			framed.look.append(h('section', { class: 'inline' + (parts.image ? ' pictured' : '') + (message.content.survey ? ' asks' : ''), 'aria-labelledby': parts.id }, [parts.image, parts.body, closer(message, done)]));
			place.append(framed.host);
		});
	}
	function closeAll() {
		if (overlay) overlay.done();
		slots.forEach(function (slot) { if (slot.host) slot.host.remove(); });
		slots.clear();
		seen.clear();
		unmountBells();
	}
`;
