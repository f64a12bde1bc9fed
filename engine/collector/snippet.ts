import { gzipSync } from 'node:zlib';

import { methodNotAllowed } from './answers';
import { script } from './browser-sdk';
import type { CollectorRequest, CollectorResponse } from './types';

/**
 * The tracking snippet, as it runs in a web page (plain ES5, about 3 KB): takes calls at once into a queue with the page they were made
 * on, and loads the browser SDK from the address it came from itself.
 *
 *   <script async src="https://events.example.com/snippet.js" data-write-key="…" data-consent="required"></script>
 *   <script>(window.journeys = window.journeys || []).push(['consent', true]);</script>
 *
 * data-consent="required": nothing is loaded, stored or sent before consent is true; false forgets what was queued and stops the rest.
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
	function factory(method) {
		return function () {
			if (window.analytics.initialized) return window.analytics[method].apply(window.analytics, arguments);
			if (consent === false) return analytics;
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
	analytics._loadOptions = { integrations: { 'Segment.io': { apiHost: base.replace(/^https?:\\/\\//, '') + '/v1', protocol: base.split(':')[0] } } };
	function guard(event) {
		if (consent !== true) return;
		if (signal && event.payload.obj) {
			event.payload.obj.context = event.payload.obj.context || {};
			event.payload.obj.context.gpc = true;
		}
		event.next(event.payload);
	}
	function load() {
		if (loaded) return;
		loaded = true;
		analytics.unshift(['addSourceMiddleware', guard]);
		var element = document.createElement('script');
		element.async = true;
		element.src = base + '/analytics.js/v1/' + encodeURIComponent(key) + '/analytics.min.js';
		(document.head || document.documentElement).appendChild(element);
	}
	function say(answer) {
		consent = answer === true && !blocked;
		if (consent) return load();
		if (!window.analytics.initialized) analytics.length = 0;
		else window.analytics.reset();
	}
	var earlier = Array.isArray(window.journeys) ? window.journeys : [];
	window.journeys = {
		consent: say,
		push: function (call) { if (call[0] === 'consent') say(call[1]); }
	};
	if (script.getAttribute('data-page') !== 'off') analytics.page();
	if (consent === true) load();
	for (var e = 0; e < earlier.length; e++) window.journeys.push(earlier[e]);
})(window, document);
`;

const plain = new Uint8Array(Buffer.from(SNIPPET));
let gzip: Uint8Array | undefined;

export function snippet(request: CollectorRequest): CollectorResponse {
	if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed('GET, HEAD');
	gzip ??= new Uint8Array(gzipSync(plain));
	return script({ plain, gzip }, request.headers['accept-encoding'], 'public, max-age=3600, stale-while-revalidate=86400');
}
