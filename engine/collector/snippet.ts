import { gzipSync } from 'node:zlib';

import { methodNotAllowed } from './answers';
import { script } from './browser-sdk';
import { WEB_PUSH } from './snippet-web-push';
import type { CollectorRequest, CollectorResponse } from './types';

/**
 * The tracking snippet, as it runs in a web page (plain ES5, about 11 KB): takes calls at once into a queue with the page they were made
 * on, and loads the browser SDK from the address it came from itself.
 *
 *   <script async src="https://events.example.com/snippet.js" data-write-key="…" data-consent="required"></script>
 *   <script>(window.journeys = window.journeys || []).push(['consent', true]);</script>
 *
 * data-consent="required": nothing is loaded, stored or sent before consent is true; false forgets what was queued and stops the rest.
 *
 * A no may come at any moment: before the SDK is asked for (it is not), while it loads (a script on its way runs even when its element
 * is taken out, so it waits in `disable`, before it makes or reads any id, until a yes), while it starts (the keeper, its first plugin, has it
 * forget before it takes calls) or later. The keeper and the guard are never thrown out of the queue: without them it would start unguarded.
 * What the SDK could not deliver it keeps, and tries again past the guard and on later pages: each no begins a new era, and of an earlier
 * one nothing is delivered or left in the browser.
 *
 * journeys.webPush.subscribe(), unsubscribe() and state(): see snippet-web-push.ts. data-webpush-worker: the site's service worker, by default /journeys-sw.js.
 *
 * data-onsite: shows on-site messages, after consent and until it is withdrawn (on-site-script.ts, whose attributes then stand here).
 *
 * data-page="off": no page call of its own. data-gpc="block": a browser that sends Global Privacy Control is not tracked at all;
 * otherwise its events carry the signal and the person is marked as do-not-sell.
 */
const SNIPPET = `(function (window, document) {
	'use strict';
	var script = document.currentScript || document.querySelector('script[data-write-key]');
	var key = script && script.getAttribute('data-write-key');
	var analytics = (window.analytics = window.analytics || []);
	if (analytics.initialize || analytics.invoked) return;
	if (!key) return console.error('Journeys: the snippet needs data-write-key.');
	var base = script.src.replace(/\\/snippet\\.js.*$/, '');
	var signal = navigator.globalPrivacyControl === true;
	// undefined: the site has not said yet.
	var consent = script.getAttribute('data-consent') === 'required' ? undefined : true;
	if (signal && script.getAttribute('data-gpc') === 'block') consent = false;
	var blocked = consent === false;
	var loaded = false;
	analytics.invoked = true;
	analytics.methods = ['trackSubmit', 'trackClick', 'trackLink', 'trackForm', 'pageview', 'identify', 'reset', 'group', 'track', 'ready', 'alias',
		'debug', 'page', 'screen', 'once', 'off', 'on', 'addSourceMiddleware', 'addIntegrationMiddleware', 'setAnonymousId',
		'addDestinationMiddleware', 'register'];
	var SENDING = ['track', 'screen', 'alias', 'group', 'page', 'identify'];
	// Forgotten at a no; the other calls only set up what the SDK does after a yes.
	var TELLING = SENDING.concat(['pageview', 'setAnonymousId', 'reset']);
	var STORED = ['ajs_user_id', 'ajs_anonymous_id', 'ajs_user_traits', 'ajs_group_id', 'ajs_group_properties'];
	var QUEUE = 'persisted-queue:v1:' + key + ':dest-Segment.io:';
	var sdk;
	var era = 0;
	// Ids of the events of this era that came by here.
	var fresh = {};
	var proceed = function () {};
	function factory(method) {
		return function () {
			if (window.analytics.initialized) return window.analytics[method].apply(window.analytics, arguments);
			if (consent === false && TELLING.indexOf(method) > -1) return analytics;
			var call = Array.prototype.slice.call(arguments);
			if (SENDING.indexOf(method) > -1) {
				var canonical = document.querySelector("link[rel='canonical']");
				call.push({ __t: 'bpc', c: (canonical && canonical.getAttribute('href')) || undefined, p: location.pathname, u: location.href,
					s: location.search, t: document.title, r: document.referrer });
			}
			call.unshift(method);
			analytics.push(call);
			return analytics;
		};
	}
	for (var n = 0; n < analytics.methods.length; n++) analytics[analytics.methods[n]] = factory(analytics.methods[n]);
	analytics._writeKey = key;
	analytics._cdn = base;
	analytics._loadOptions = {
		integrations: { 'Segment.io': { apiHost: base.replace(/^https?:\\/\\//, '') + '/v1', protocol: base.split(':')[0] } },
		disable: function () {
			return { then: function (answer) {
				proceed = function () { answer(false); };
				if (consent === true) proceed();
			} };
		}
	};
	function guard(event) {
		if (consent !== true) return;
		if (signal && event.payload.obj) {
			event.payload.obj.context = event.payload.obj.context || {};
			event.payload.obj.context.gpc = true;
		}
		event.next(event.payload);
	}
	function stamp(event) {
		gate();
		event.era = era;
		fresh[event.id] = true;
		return event;
	}
	// Whatever the SDK delivers, also what it tries again, goes through its plugin's methods. What earlier pages left has no stamp.
	function gate() {
		for (var p = 0; p < sdk.queue.plugins.length; p++) if (sdk.queue.plugins[p].name === 'Segment.io' && !sdk.queue.plugins[p].gated) close(sdk.queue.plugins[p]);
	}
	function close(plugin) {
		plugin.gated = true;
		SENDING.forEach(function (method) {
			var send = plugin[method];
			if (send) plugin[method] = function (event) {
				return consent === true && (event.era || 0) === era ? send.call(plugin, event) : Promise.resolve(event);
			};
		});
		// After the SDK's own, which keeps what it still has.
		window.addEventListener('pagehide', function () {
			if (era > 0) keep(function (item) { return fresh[item.id]; });
		});
	}
	function keep(wanted) {
		try {
			var items = JSON.parse(localStorage.getItem(QUEUE + 'items') || '[]').filter(wanted);
			if (items.length > 0) return localStorage.setItem(QUEUE + 'items', JSON.stringify(items));
			localStorage.removeItem(QUEUE + 'items');
			localStorage.removeItem(QUEUE + 'seen');
		} catch (denied) { /* Then nothing is in there. */ }
	}
	// Without a yes the SDK neither reads, makes nor stores an id.
	function hold() {
		if (!sdk) return;
		gate();
		if (consent !== true) sdk.reset();
		sdk.user().options.disable = sdk.group().options.disable = consent !== true;
	}
	var keeper = { name: 'Consent', type: 'before', version: '1.0.0', isLoaded: function () { return true; }, load: function (_context, instance) {
		sdk = instance;
		hold();
		return Promise.resolve();
	} };
	for (var m = 0; m < SENDING.length; m++) keeper[SENDING[m]] = stamp;
	function load() {
		if (loaded) return;
		loaded = true;
		analytics.unshift(['register', keeper], ['addSourceMiddleware', guard]);
		var element = document.createElement('script');
		element.async = true;
		element.onload = function () { analytics.ready(refresh); };
		element.src = base + '/analytics.js/v1/' + encodeURIComponent(key) + '/analytics.min.js';
		(document.head || document.documentElement).appendChild(element);
		if (script.getAttribute('data-onsite') !== null) loadOnSite();
	}
	function loadOnSite() {
		var element = document.createElement('script');
		element.async = true;
		for (var d = 0; d < script.attributes.length; d++) if (/^data-/.test(script.attributes[d].name)) element.setAttribute(script.attributes[d].name, script.attributes[d].value);
		element.src = base + '/onsite.js';
		(document.head || document.documentElement).appendChild(element);
	}
	// What the SDK stored on an earlier page or visit, whether or not it is here. Cookies are the site's, of the host or a domain above it.
	function wipe() {
		keep(function () { return false; });
		var host = location.hostname.split('.');
		for (var k = 0; k < STORED.length; k++) {
			try { localStorage.removeItem(STORED[k]); } catch (denied) { /* Then nothing is in there. */ }
			var expired = STORED[k] + '=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT';
			document.cookie = expired;
			for (var h = 0; h < host.length; h++) document.cookie = expired + '; domain=' + host.slice(h).join('.');
		}
	}
	function forget() {
		era++;
		fresh = {};
		for (var q = analytics.length - 1; q >= 0; q--) if (TELLING.indexOf(analytics[q][0]) > -1) analytics.splice(q, 1);
		hold();
		wipe();
	}
	function say(answer) {
		consent = answer === true && !blocked;
		if (window.journeys && window.journeys.onSite) window.journeys.onSite[consent ? 'start' : 'stop']();
		if (!consent) return forget();
		hold();
		load();
		proceed();
	}
${WEB_PUSH}
	// What was said before this script came counts before anything is asked for; the last word does.
	var earlier = Array.isArray(window.journeys) ? window.journeys : [];
	for (var e = 0; e < earlier.length; e++) if (earlier[e][0] === 'consent') consent = earlier[e][1] === true && !blocked;
	window.journeys = {
		consent: say,
		webPush: webPush,
		allowed: function () { return consent === true; },
		push: function (call) { if (call[0] === 'consent') say(call[1]); }
	};
	if (script.getAttribute('data-page') !== 'off') analytics.page();
	if (consent === true) load();
	if (consent === false) forget();
})(window, document);
`;

const plain = new Uint8Array(Buffer.from(SNIPPET));
let gzip: Uint8Array | undefined;

export function snippet(request: CollectorRequest): CollectorResponse {
	if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed('GET, HEAD');
	gzip ??= new Uint8Array(gzipSync(plain));
	return script({ plain, gzip }, request.headers['accept-encoding'], 'public, max-age=3600, stale-while-revalidate=86400');
}
