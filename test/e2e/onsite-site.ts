import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createEngine, type LocalEngine } from '../../engine/engine';
import type { OnSiteContent, OnSiteShowing } from '../../engine/onsite/types';
import { emptyDatabase } from '../engine/databases';
import { Walk } from '../engine/journeys/walk';
import { CONTENT, SHOWING, USER_SECRET, WRITE_KEY } from '../engine/onsite/shop';

const STYLE = `body{margin:0;font:16px/1.6 Georgia,serif;color:#222;background:#faf8f5}header{display:flex;justify-content:space-between;align-items:center;padding:16px 40px;background:#fff;border-bottom:1px solid #eee}
header b{font-size:22px}main{max-width:960px;margin:32px auto;padding:0 24px}.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:24px;margin-top:32px}
.card{background:#fff;border:1px solid #eee;padding:16px}.card i{display:block;height:160px;background:linear-gradient(135deg,#d9cbb8,#a98f72)}.tall{height:2400px}
@media(prefers-color-scheme:dark){body{background:#0f1114;color:#e6e6e6}header,.card{background:#17191d;border-color:#26292e}}
/* What pages do to everything that stands on them. */
button,h2,p,a,input,fieldset{font-family:"Comic Sans MS"!important;color:red;text-transform:uppercase;letter-spacing:4px;border:9px dotted lime}`;

const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" preserveAspectRatio="xMidYMid slice"><defs><linearGradient id="a" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#f6c28b"/><stop offset="1" stop-color="#b9532f"/></linearGradient></defs>
<rect width="640" height="400" fill="url(#a)"/><circle cx="470" cy="120" r="70" fill="#fff3df"/><path d="M0 330Q160 230 320 310T640 270V400H0z" fill="#6b2d1c"/><path d="M0 360Q200 290 380 360T640 330V400H0z" fill="#3f1a12"/></svg>`;

/** A shop's page under a strict content security policy and with rude styles, and an engine whose collector shows messages on it. */
export class Site {
	/** Attributes of the script, and what stands in the page. */
	page = { script: 'onsite.js', attributes: '', body: '', lang: 'en', dir: 'ltr', head: '' };
	private sent = 0;

	private constructor(readonly engine: LocalEngine, readonly collector: string, readonly url: string, private readonly server: Server, private readonly walk: Walk, private readonly drop: () => Promise<void>) {}

	static async open(): Promise<Site> {
		const { database, drop } = await emptyDatabase('sqlite');
		const engine = await createEngine({ database });
		const walk = new Walk(engine);
		await engine.settings.set({ quietHours: null, caps: [] });
		const { port } = await engine.collector.configure({ writeKeys: { [WRITE_KEY]: 'web' }, publicUrl: 'https://events.example.com', port: 0, host: '127.0.0.1', workflow: 'c', userSecret: USER_SECRET });
		await walk.register(walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		const collector = `http://127.0.0.1:${port}`;
		const opened: { site?: Site } = {};
		const server = createServer((request, response) => {
			if (request.url === '/style.css') return void response.writeHead(200, { 'content-type': 'text/css' }).end(STYLE);
			if (request.url === '/picture.svg') return void response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(PICTURE);
			response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': `default-src 'none'; script-src ${collector} 'sha256-none'; connect-src ${collector}; img-src 'self'; style-src 'self'` }).end(opened.site?.html());
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		opened.site = new Site(engine, collector, `http://localhost:${(server.address() as AddressInfo).port}`, server, walk, drop);
		return opened.site;
	}

	get picture(): string {
		return `${this.url}/picture.svg`;
	}

	/** Sends somebody, known by their browser, a message of the journey. */
	async queue(anonymousId: string, showing: Partial<OnSiteShowing> = {}, content: Partial<OnSiteContent> = {}, more: { userId?: string; event?: string } = {}): Promise<number> {
		const identities = [{ kind: 'anonymous_id', value: anonymousId }, ...(more.userId === undefined ? [] : [{ kind: 'user_id', value: more.userId }])];
		const { profiles } = await this.engine.profiles.upsert([{ identities, attributes: { firstName: 'Ada <b>', plan: 'pro' } }], { source: 'test' });
		const profile = Number(profiles[0]);
		await this.engine.events.ingest([{ type: 'track', event: 'Signed Up', profileId: profile }], { source: 'test' });
		const leg = await this.walk.start(this.walk.step('trigger', 'trigger'));
		const results = await this.engine.messages.sendOnSite({
			purpose: 'marketing', topic: '', provider: { kind: 'onSite' }, step: this.walk.step(`onsite ${(this.sent += 1)}`, 'onSite'), showing: { ...SHOWING, ...showing }, content: { ...CONTENT, ...content },
			items: leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json })),
		});
		if (results[0]?.outcome !== 'sent') throw new Error(`Not sent: ${JSON.stringify(results)}`);
		await this.walk.settle(leg);
		return profile;
	}

	private html(): string {
		const { script, attributes, body, lang, dir, head } = this.page;
		return `<!doctype html><html lang="${lang}" dir="${dir}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Shop</title><link rel="stylesheet" href="/style.css">${head}
<header><b>Kiln &amp; Clay</b><div data-journeys-inbox></div></header><main><h1>Spring glazes</h1><div data-journeys-slot="hero"></div>${body}<div class="grid">${'<div class="card"><i></i>A bowl<br>28 €</div>'.repeat(8)}</div><div class="tall"></div></main>
<script async src="${this.collector}/${script}" data-write-key="${WRITE_KEY}" ${attributes}></script></html>`;
	}

	async close(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise<void>((resolve) => this.server.close(() => resolve()));
		await this.engine.close();
		await this.drop();
	}
}
