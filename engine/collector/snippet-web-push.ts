/**
 * The part of the snippet that subscribes to web push. It stands within the snippet's own function and uses its base, key, consent and sdk.
 *
 *   <button onclick="journeys.webPush.subscribe()">Tell me when it is back</button>
 *
 * The browser's question comes only from within a gesture, since one that nobody asked for is refused for good by most. The visitor's id is the SDK's anonymous one, so nothing happens without consent to tracking.
 * Whoever comes back subscribed is told again when another visitor uses the browser, or is signed in with a proof that was not told before, never as a new yes.
 *
 * data-user-id with data-user-token on the snippet, or userId and userToken in subscribe()'s options: who is signed in, proved by the site (engine/onsite/proof.ts).
 */
export const WEB_PUSH = `
	var worker = script.getAttribute('data-webpush-worker') || '/journeys-sw.js';
	var TOLD = 'journeys-webpush';
	function isPushable() { return 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window; }
	function fail(code, message) {
		var error = new Error('Journeys: ' + message);
		error.code = code;
		return Promise.reject(error);
	}
	function visitor() {
		return new Promise(function (resolve) {
			window.analytics.ready(function () { resolve(window.analytics.user().anonymousId()); });
		});
	}
	function send(route, body) {
		body.writeKey = key;
		return fetch(base + '/' + route, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body), credentials: 'omit' }).then(function (answer) {
			if (!answer.ok) return answer.json().then(function (said) { return fail(said.code, said.message); });
		});
	}
	function register(options) {
		if (options.registration) return Promise.resolve(options.registration);
		return navigator.serviceWorker.register(options.worker || worker).then(function () { return navigator.serviceWorker.ready; });
	}
	function bytes(text) {
		var raw = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
		var array = new Uint8Array(raw.length);
		for (var i = 0; i < raw.length; i++) array[i] = raw.charCodeAt(i);
		return array;
	}
	function isOfKey(subscription, publicKey) {
		var given = subscription.options && subscription.options.applicationServerKey;
		if (!given) return true;
		var a = new Uint8Array(given), b = bytes(publicKey);
		for (var i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
		return true;
	}
	function subscribed(registration, publicKey) {
		var ask = function () { return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(publicKey) }); };
		return registration.pushManager.getSubscription().then(function (had) {
			if (!had) return ask();
			// Another provider's, of before: a browser has one a site.
			return isOfKey(had, publicKey) ? had : had.unsubscribe().then(ask);
		});
	}
	function tellBrowser(subscription, agreed, options) {
		return visitor().then(function (id) {
			var user = options.userId || script.getAttribute('data-user-id');
			var proof = options.userToken || script.getAttribute('data-user-token');
			var body = { anonymousId: id, subscription: subscription.toJSON(), agreed: agreed, page: location.href.split('#')[0], language: navigator.language };
			if (user && proof) body.userId = user, body.userToken = proof;
			var mark = id + ' ' + subscription.endpoint + (user && proof ? ' ' + user : '');
			if (!agreed && localStorage.getItem(TOLD) === mark) return;
			return send('webpush-subscribe', body).then(function () { localStorage.setItem(TOLD, mark); });
		});
	}
	var webPush = {
		isSupported: isPushable,
		state: function () {
			if (!isPushable()) return Promise.resolve('unsupported');
			if (Notification.permission === 'denied') return Promise.resolve('denied');
			return navigator.serviceWorker.getRegistration().then(function (registration) {
				return registration ? registration.pushManager.getSubscription() : null;
			}).then(function (subscription) { return subscription ? 'subscribed' : 'unsubscribed'; });
		},
		subscribe: function (options) {
			options = options || {};
			if (!isPushable()) return fail('unsupported', 'this browser has no web push.');
			if (consent !== true) return fail('no_consent', 'the visitor has not agreed to tracking, so nobody would know whose browser it is.');
			if (Notification.permission === 'denied') return fail('denied', 'notifications are blocked in this browser.');
			if (Notification.permission !== 'granted' && navigator.userActivation && !navigator.userActivation.isActive) return fail('no_gesture', 'call subscribe() from within a click: browsers ask nobody otherwise.');
			return Promise.resolve(Notification.requestPermission()).then(function (answer) {
				if (answer !== 'granted') return fail(answer === 'denied' ? 'denied' : 'dismissed', 'the visitor did not agree.');
				return Promise.all([register(options), fetch(base + '/webpush-key', { credentials: 'omit' }).then(function (found) { return found.json(); })]);
			}).then(function (both) { return subscribed(both[0], both[1].publicKey); }).then(function (subscription) { return tellBrowser(subscription, true, options); });
		},
		unsubscribe: function () {
			if (!isPushable()) return Promise.resolve();
			return navigator.serviceWorker.getRegistration().then(function (registration) {
				return registration ? registration.pushManager.getSubscription() : null;
			}).then(function (subscription) {
				if (!subscription) return;
				try { localStorage.removeItem(TOLD); } catch (denied) { /* Then nothing is in there. */ }
				return send('webpush-unsubscribe', { endpoint: subscription.endpoint }).then(function () { return subscription.unsubscribe(); });
			});
		}
	};
	function refresh() {
		if (!isPushable() || Notification.permission !== 'granted') return;
		navigator.serviceWorker.getRegistration().then(function (registration) {
			return registration ? registration.pushManager.getSubscription() : null;
		}).then(function (subscription) {
			var mark = subscription && localStorage.getItem(TOLD);
			// What somebody else's script has subscribed to is not ours to tell.
			if (mark && consent === true) return tellBrowser(subscription, false, {});
		}).catch(function () {});
	}
`;
