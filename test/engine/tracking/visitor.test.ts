import { judge, visitorOf, type Visit, type Visitor } from '../../../engine/tracking/visitor';

const SENT_MS = 1_000_000;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

function at(seconds: number, kind: Visit['kind'], target: string, visitor: Visitor = 'person'): Visit {
	return { kind, target, visitor, atMs: SENT_MS + seconds * 1000 };
}

describe('by itself', () => {
	it.each<[string, Record<string, string>, Visitor]>([
		['a browser', { 'user-agent': FIREFOX }, 'person'],
		['no user agent at all', {}, 'person'],
		['Apple Mail\'s privacy proxy', { 'user-agent': 'Mozilla/5.0' }, 'machine'],
		['Gmail\'s picture proxy', { 'user-agent': 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)' }, 'machine'],
		['Yahoo\'s picture proxy', { 'user-agent': 'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html' }, 'machine'],
		['a gateway\'s scanner', { 'user-agent': 'Barracuda Sentinel (EE)' }, 'machine'],
		['a browser that looks ahead', { 'user-agent': FIREFOX, 'sec-purpose': 'prefetch;prerender' }, 'prefetch'],
	])('%s', (_who, headers, visitor) => {
		expect(visitorOf({ method: 'GET', headers })).toBe(visitor);
	});

	it('HEAD is a look ahead, whoever asks', () => {
		expect(visitorOf({ method: 'HEAD', headers: { 'user-agent': FIREFOX } })).toBe('prefetch');
	});
});

describe('by what comes with it', () => {
	it.each<[string, Visit[], Visitor[]]>([
		['an open, and a click two seconds later', [at(60, 'open', 'open'), at(62, 'click', 'link 0')], ['person', 'person']],
		['the picture that a click loads', [at(60, 'click', 'link 0'), at(60.2, 'open', 'open')], ['person', 'person']],
		['a double click', [at(60, 'click', 'link 0'), at(60.3, 'click', 'link 0')], ['person', 'person']],
		['one link, then after two seconds the next', [at(60, 'click', 'link 0'), at(62, 'click', 'link 1')], ['person', 'person']],
		['all links at once', [at(60, 'click', 'link 0'), at(60.2, 'click', 'link 1'), at(60.9, 'click', 'link 2')], ['machine', 'machine', 'machine']],
		['all links one after the other, each within a second of the last', [at(60, 'click', 'link 0'), at(61, 'click', 'link 1'), at(62, 'click', 'link 2'), at(63, 'click', 'link 3')], ['machine', 'machine', 'machine', 'machine']],
		['the only link and the unsubscribe page at once', [at(60, 'click', 'link 0'), at(60.5, 'page', 'page')], ['machine', 'machine']],
		['the picture among all links at once', [at(60, 'open', 'open'), at(60.2, 'click', 'link 0'), at(60.4, 'click', 'link 1')], ['machine', 'machine', 'machine']],
		['a person who comes after the scanner', [at(2, 'click', 'link 0'), at(2.1, 'click', 'link 1'), at(60, 'click', 'link 0')], ['machine', 'machine', 'person']],
		['a chat program that previews one link while a person clicks another', [at(60, 'click', 'link 0'), at(60.2, 'click', 'link 1', 'machine')], ['person', 'machine']],
		['within a second of being sent', [at(0.4, 'open', 'open'), at(0.9, 'click', 'link 0')], ['machine', 'machine']],
		['a second and a half after being sent', [at(1.5, 'click', 'link 0')], ['person']],
		['a look ahead stays one', [at(60, 'click', 'link 0', 'prefetch')], ['prefetch']],
	])('%s', (_what, visits, verdicts) => {
		expect(judge(visits, SENT_MS)).toEqual(verdicts);
	});

	it('a message of which nobody knows when it was sent is judged by the rest', () => {
		expect(judge([at(0, 'click', 'link 0')], null)).toEqual(['person']);
	});
});
