import { gzipSync } from 'node:zlib';

import { script } from './browser-sdk';
import type { CollectorResponse } from './types';

/**
 * The service worker, as it runs in a browser. A worker must come from the site itself, so the site has a file of one line:
 *
 *   importScripts('https://events.example.com/webpush-sw.js');
 *
 * It shows what comes by push (engine/messages/web-push.ts makes it), tells the collector by POST that it came, was dismissed or was clicked, and opens links: a tab that shows the address already is focused, and
 * the click told by POST; else the tracked link opens, by which the collector hears of it. A subscription that the browser makes anew is told under the former one. It leaves what is not ours to the site's own worker.
 */
const WORKER = `(function (self) {
	'use strict';
	var BASE = '__BASE__';
	function tell(report, kind, link) {
		if (!report) return Promise.resolve();
		return post(report.url, { t: report.token, kind: kind, link: link });
	}
	// As text, so that the browser asks for nothing beforehand. What cannot be told is lost: nobody may miss a notification for it.
	function post(url, body) {
		return fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body), keepalive: true, credentials: 'omit' }).catch(function () {});
	}
	function read(event) {
		try {
			var payload = event.data.json();
			return payload && payload.journeys === 1 ? payload : null;
		} catch (notJson) {
			return null;
		}
	}
	self.addEventListener('push', function (event) {
		var payload = event.data ? read(event) : null;
		if (!payload) return;
		var options = Object.assign({}, payload.options, { data: { journeys: 1, links: payload.links || {}, report: payload.report, data: payload.data } });
		event.waitUntil(self.registration.showNotification(payload.title, options).then(function () { return tell(payload.report, 'delivered'); }));
	});
	self.addEventListener('notificationclick', function (event) {
		var data = event.notification.data;
		if (!data || data.journeys !== 1) return;
		event.notification.close();
		var action = event.action || '';
		event.waitUntil(follow(data.links[action] || (action === '' ? null : data.links['']), data.report));
	});
	self.addEventListener('notificationclose', function (event) {
		var data = event.notification.data;
		if (data && data.journeys === 1) event.waitUntil(tell(data.report, 'dismissed'));
	});
	function same(a, b) { return a.split('#')[0] === b.split('#')[0]; }
	function follow(link, report) {
		return self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then(function (tabs) {
			var open = link ? tabs.filter(function (tab) { return same(tab.url, new URL(link.url).href); })[0] : tabs[0];
			if (open) return Promise.all([open.focus().catch(function () {}), tell(report, 'clicked', link && link.url)]);
			if (link && link.open) return self.clients.openWindow(link.open);
			return Promise.all([self.clients.openWindow(link ? link.url : self.registration.scope), tell(report, 'clicked', link && link.url)]);
		});
	}
	self.addEventListener('pushsubscriptionchange', function (event) {
		var former = event.oldSubscription;
		if (!former || !BASE) return;
		var renewed = event.newSubscription ? Promise.resolve(event.newSubscription) : self.registration.pushManager.subscribe(former.options);
		event.waitUntil(renewed.then(function (now) { return post(BASE + '/webpush-resubscribe', { former: former.endpoint, subscription: now.toJSON() }); }).catch(function () {}));
	});
})(self);
`;

/** Made again where the address has changed. */
let made: { base: string; plain: Uint8Array; gzip: Uint8Array } | undefined;

/** `base`: the collector's address as it is reached from outside; null: not known, then renewed subscriptions are told by the page. */
export function serviceWorker(base: string | null, accepted: string | undefined): CollectorResponse {
	const given = base ?? '';
	if (made?.base !== given) {
		// Quotes and backslashes stand in no address that URL has written.
		const plain = new Uint8Array(Buffer.from(WORKER.replace('__BASE__', given.replace(/['\\\s]/g, ''))));
		made = { base: given, plain, gzip: new Uint8Array(gzipSync(plain)) };
	}
	const answer = script(made, accepted, 'public, max-age=600');
	// Where a proxy serves it on the site's own address, it may serve the whole site and not just its folder.
	answer.headers['service-worker-allowed'] = '/';
	return answer;
}
