import { EngineError, randomId, type Random } from '../kernel';
import type { Store } from '../store';
import { FeedText } from './feed-text';
import { productOf, type ProductRow } from './fields';
import { csvReader } from './read-csv';
import { jsonReader } from './read-json';
import { xmlReader } from './read-xml';
import type { FeedReader, FeedRow, FeedSink } from './rows';
import { openVersion, storeRows, switchTo } from './store-feed';
import type { FeedFormat, FeedOptions, FeedReport } from './types';

const BATCH = 500;
const MOST_AT_ONCE = 5;
const FORGOTTEN_AFTER_MS = 3_600_000;
const MOST_LISTED = 1_000;
const LONGEST_NAME = 100;

/** Imports of feeds under way: start, chunks, end. A slow database slows the caller; memory does not grow with the file. */
export class FeedImports {
	private readonly running = new Map<string, FeedImport>();

	constructor(private readonly store: Store, private readonly random: Random) {}

	async start(given: FeedOptions): Promise<{ importId: string }> {
		const options = checked(given);
		const nowMs = await this.nowMs();
		for (const [id, one] of this.running) if (one.touchedAtMs < nowMs - FORGOTTEN_AFTER_MS) this.running.delete(id);
		if (this.running.size >= MOST_AT_ONCE) throw new EngineError('BAD_INPUT', `${MOST_AT_ONCE} feeds are being imported already. Wait until one has ended.`);
		const { feed, version } = await this.store.tx('product-import', (tx) => openVersion(tx, options.feed));
		const importId = randomId(this.random);
		this.running.set(importId, new FeedImport(this.store, options, options.currency === undefined ? feed.currency : options.currency, feed.id, version, nowMs));
		return { importId };
	}

	async chunk(importId: string, bytes: Uint8Array): Promise<{ rows: number }> {
		const one = this.find(importId);
		one.touchedAtMs = await this.nowMs();
		try {
			await one.write(bytes);
		} catch (error) {
			this.abort(importId);
			throw error;
		}
		return { rows: one.report.rows };
	}

	async end(importId: string): Promise<FeedReport> {
		const one = this.find(importId);
		try {
			return await one.end();
		} finally {
			this.abort(importId);
		}
	}

	abort(importId: string): void {
		this.running.delete(importId);
	}

	private find(importId: string): FeedImport {
		const one = this.running.get(importId);
		if (one === undefined) throw new EngineError('NOT_FOUND', 'This import is not under way: it has ended, failed, or was left alone for an hour. Start it again; the feed is as it was.');
		return one;
	}

	private nowMs(): Promise<number> {
		return this.store.read((reader) => Promise.resolve(reader.nowMs));
	}
}

/** Before anything of a feed. */
const MOST_BLANK = 1_000_000;

class FeedImport implements FeedSink {
	readonly report: FeedReport;
	private readonly text = new FeedText((text) => this.feedText(text, false));
	private reader: FeedReader | undefined;
	private head = '';
	private waiting: Array<{ line: number; product: ProductRow }> = [];

	constructor(private readonly store: Store, private readonly options: FeedOptions & { feed: string }, private readonly currency: string | null, readonly feed: number, readonly version: number, public touchedAtMs: number) {
		this.report = { feed: options.feed, rows: 0, products: 0, isNew: 0, gone: 0, rejected: [], rejectedCount: 0 };
	}

	async write(bytes: Uint8Array): Promise<void> {
		await this.text.write(bytes);
	}

	async end(): Promise<FeedReport> {
		await this.text.end();
		await this.feedText('', true);
		await this.reader?.end();
		await this.flush();
		const { rejected } = this.report;
		try {
			Object.assign(this.report, await this.store.tx('product-switch', (tx) => switchTo(tx, this.options.feed, this.version, this.options)));
		} catch (error) {
			const [first] = rejected;
			if (error instanceof EngineError && this.report.rows > 0 && this.report.rejectedCount === this.report.rows && first !== undefined) throw new EngineError('BAD_INPUT', `The feed has no row that can be used, so nothing was changed. Line ${first.line}: ${first.reason}`, { line: first.line });
			throw error;
		}
		return this.report;
	}

	async row(line: number, values: FeedRow): Promise<void> {
		this.report.rows += 1;
		const product = productOf(values, { currency: this.currency });
		if ('reason' in product) return this.refuse(line, product.reason);
		this.waiting.push({ line, product });
		if (this.waiting.length >= BATCH) await this.flush();
	}

	reject(line: number, reason: string): void {
		this.report.rows += 1;
		this.refuse(line, reason);
	}

	cut(line: number, reason: string): void {
		if (this.options.allowShrinking !== true) throw new EngineError('BAD_INPUT', `Line ${line}: ${reason} Nothing was changed, since products that stand behind it would be gone.`, { line });
		this.reject(line, reason);
	}

	private refuse(line: number, reason: string): void {
		this.report.rejectedCount += 1;
		if (this.report.rejected.length < MOST_LISTED) this.report.rejected.push({ line, reason });
	}

	private async feedText(text: string, isLast: boolean): Promise<void> {
		if (this.reader === undefined) {
			this.head += text;
			if (!isLast && this.head.trimStart().length < 2) return this.refuseBlank();
			this.reader = await this.readerOf(formatOf(this.options.format ?? 'auto', this.head));
			const { head } = this;
			this.head = '';
			return await this.reader.feed(head.replace(/^\ufeff/, ''));
		}
		await this.reader.feed(text);
	}

	/** A few KB of gzip hold any number of blanks, and each piece would look at all of them again. */
	private refuseBlank(): void {
		if (this.head.length > MOST_BLANK) throw new EngineError('BAD_INPUT', `The feed begins with more than ${MOST_BLANK.toLocaleString('en')} blanks, so it is none. Nothing was changed. Check the file or its address.`);
	}

	private async readerOf(format: FeedFormat): Promise<FeedReader> {
		if (format === 'xml') return await xmlReader(this);
		return format === 'json' ? jsonReader(this) : csvReader(this, this.options.delimiter);
	}

	private async flush(): Promise<void> {
		const batch = this.waiting;
		this.waiting = [];
		const byId = new Map<string, ProductRow>();
		const twice = batch.filter(({ product }) => byId.has(product.id) || void byId.set(product.id, product));
		const stored = byId.size === 0 ? new Set<string>() : await this.store.tx('product-rows', (tx) => storeRows(tx, this.feed, this.version, [...byId.values()]));
		for (const { line } of [...twice, ...batch.filter((one) => !twice.includes(one) && !stored.has(one.product.id))]) this.refuse(line, 'Another row of the feed has the same id, and the first counts. Give each product, or each variant, an id of its own.');
	}
}

function formatOf(given: FeedFormat | 'auto', head: string): FeedFormat {
	if (given !== 'auto') return given;
	const first = head.replace(/^\ufeff/, '').trimStart()[0] ?? '';
	if (first === '<') return 'xml';
	return first === '{' || first === '[' ? 'json' : 'csv';
}

/** Throws BAD_INPUT. */
function checked(given: FeedOptions): FeedOptions & { feed: string } {
	const feed = (given.feed ?? '').trim() || 'default';
	if (feed.length > LONGEST_NAME || /[\p{Cc}]/u.test(feed)) throw new EngineError('BAD_INPUT', `The name of a feed has at most ${LONGEST_NAME} characters.`);
	const { language, currency } = given;
	if (language !== undefined && language !== null && !/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/.test(language)) throw new EngineError('BAD_INPUT', 'The language of the feed is no language code, such as de or pt-BR.');
	if (currency !== undefined && currency !== null && !/^[A-Z]{3}$/.test(currency)) throw new EngineError('BAD_INPUT', 'The currency of the feed is no code of three letters, such as EUR.');
	return { ...given, feed };
}
