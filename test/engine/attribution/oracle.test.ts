import type { ConversionGroup } from '../../../engine/attribution/types';
import type { AttributionModel, AttributionSettings } from '../../../engine/settings/types';
import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, World } from '../journeys/world';
import { ordered, sent, units, type SentMessage } from './shop';

const MODELS: AttributionModel[] = ['last', 'first', 'linear', 'position', 'timeDecay'];
const ZONE = 'America/New_York';

/** mulberry32. */
function dice(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % below;
	};
}

interface Order {
	profile: number;
	at: number;
	number: string | null;
	value: string | null;
	currency: string;
}

interface Shop {
	messages: SentMessage[];
	orders: Order[];
	refunds: Array<{ profile: number; at: number; number: string; value: string | null }>;
}

/** Whose journeys: each gets some messages by several channels, looks at some, and buys, sometimes told twice, sometimes taken back. */
function shopOf(profiles: readonly number[], roll: (below: number) => number, endMs: number): Shop {
	const pick = <Kind>(list: readonly Kind[]): Kind => list[roll(list.length)] as Kind;
	const times = (from: number, most: number) => Array.from({ length: roll(most + 1) }, () => from + roll(12 * 24) * HOUR_MS + roll(3) * 1000);
	const money = () => `${roll(300)}.${String(roll(100)).padStart(2, '0')}`;
	const shop: Shop = { messages: [], orders: [], refunds: [] };
	for (const profile of profiles) {
		for (let n = roll(7); n > 0; n -= 1) {
			const sentMs = endMs - 30 * DAY_MS + roll(28 * 24) * HOUR_MS;
			const channel = pick(['email', 'email', 'sms', 'onsite']);
			const clicks = channel === 'onsite' ? [] : times(sentMs, 4);
			const opens = channel === 'email' ? times(sentMs, 2) : [];
			shop.messages.push({
				id: `m${profile}-${n}`, profile, sentMs, channel, clicks, opens, step: pick(['a', 'b', 'c']), topic: pick(['', 'news']), purpose: pick(['marketing', 'marketing', 'transactional', 'test']), state: pick(['sent', 'sent', 'failed']),
				bounced: roll(6) === 0, machineOpens: channel === 'email' ? times(sentMs, 2) : [], forgotten: [...clicks, ...opens].filter(() => roll(4) === 0),
			});
		}
		for (let n = roll(4); n > 0; n -= 1) {
			const order = { profile, at: endMs - roll(30 * 24) * HOUR_MS - 1000, number: roll(3) === 0 ? null : `o${n}`, value: roll(5) === 0 ? null : `${roll(8) === 0 ? '-' : ''}${money()}`, currency: pick(['EUR', 'USD']) };
			shop.orders.push(order);
			if (order.number === null) continue;
			if (roll(4) === 0) shop.orders.push({ ...order, at: order.at + roll(48) * HOUR_MS, value: money() });
			if (roll(4) === 0) shop.refunds.push({ profile, at: order.at + roll(30 * 24) * HOUR_MS, number: order.number, value: roll(3) === 0 ? null : money() });
		}
	}
	// They come in any order: what counts is when they happened.
	const shuffled = shop.orders.filter(({ at }) => at < endMs).map((order) => ({ order, place: roll(1000) })).sort((a, b) => a.place - b.place).map(({ order }) => order);
	return { ...shop, orders: shuffled, refunds: shop.refunds.filter(({ at }) => at < endMs) };
}

interface Told {
	credit: number;
	value: Map<string, number>;
	people: Set<number>;
}

/** The naive answer: one order after another, fractions as numbers. */
function answer(shop: Shop, rules: AttributionSettings, [since, until]: [number, number]) {
	const groups = new Map<string, Told>();
	const [total, none] = [new Map<string, bigint>(), new Map<string, bigint>()];
	let [count, unattributed, refunded] = [0, 0, 0];
	const add = (sums: Map<string, bigint>, currency: string, value: bigint) => void (value !== 0n && sums.set(currency, (sums.get(currency) ?? 0n) + value));
	for (const order of shop.orders) {
		if (order.at < since || order.at >= until) continue;
		const same = shop.orders.filter(({ profile, number }) => profile === order.profile && number !== null && number === order.number);
		const firstAt = Math.min(...same.map(({ at }) => at));
		if (order.number !== null && same.find(({ at }) => at === firstAt) !== order) continue;
		let value = units(order.value ?? '0');
		if (value < 0n) {
			add(total, order.currency, value);
			add(none, order.currency, value);
			continue;
		}
		const back = [
			...(order.number === null ? [] : shop.refunds.filter(({ profile, number }) => profile === order.profile && number === order.number)).map((refund) => (refund.value === null ? null : units(refund.value))),
			...same.filter((other) => other.currency === order.currency && (other.value ?? '').startsWith('-')).map((other) => -units(other.value ?? '0')),
		];
		const taken = back.reduce<bigint>((sum, one) => sum + (one ?? 0n), 0n);
		if (back.includes(null) || (taken > 0n && taken >= value)) {
			refunded += 1;
			continue;
		}
		// What is worth nothing has nothing to be taken from.
		value -= taken;
		count += 1;
		add(total, order.currency, value);
		const touches = touchesBefore(shop, order, rules);
		if (touches.length === 0) {
			unattributed += 1;
			add(none, order.currency, value);
		}
		const parts = partsOf(rules, touches.map(({ at }) => at));
		touches.forEach(({ message }, n) => {
			const part = parts[n] ?? 0;
			if (part === 0) return;
			const key = [message.step, message.channel, message.topic, dayOf(order.at)].join(' ');
			const told = groups.get(key) ?? { credit: 0, value: new Map<string, number>(), people: new Set<number>() };
			told.credit += part;
			told.people.add(order.profile);
			told.value.set(order.currency, (told.value.get(order.currency) ?? 0) + part * Number(value));
			groups.set(key, told);
		});
	}
	return { groups, total, none, count, unattributed, refunded };
}

function touchesBefore({ messages }: Shop, { profile, at: orderAt }: Order, rules: AttributionSettings): Array<{ message: SentMessage; at: number }> {
	const found = messages.flatMap((message) => {
		if (message.profile !== profile || message.purpose === 'test' || (rules.onlyMarketing && message.purpose === 'transactional')) return [];
		const { clicks = [], opens = [], forgotten = [] } = message;
		const seen = (times: number[]) => times.filter((at) => !forgotten.includes(at) || at === Math.min(...times) || at === Math.max(...times));
		const looks = [...opens, ...clicks];
		// A forgotten click in the middle is still an opening only where the ledger has it as its first or last.
		const opened = [...new Set([...opens.filter((at) => !forgotten.includes(at)), ...(looks.length === 0 ? [] : [Math.min(...looks), Math.max(...looks)])])];
		const near = (times: number[], days: number) => (days === 0 ? [] : times.filter((at) => at <= orderAt && at >= orderAt - days * DAY_MS));
		const arrived = message.state === 'sent' && message.bounced !== true && message.channel !== 'onsite' ? [message.sentMs] : [];
		const touched = [...near(seen(clicks), rules.clickDays), ...near(opened, rules.openDays), ...near(arrived, rules.sentDays)];
		return touched.length === 0 ? [] : [{ message, at: Math.max(...touched) }];
	});
	return found.sort((a, b) => a.at - b.at || a.message.sentMs - b.message.sentMs || (a.message.id < b.message.id ? -1 : 1));
}

function partsOf({ model, halfLifeDays }: AttributionSettings, times: number[]): number[] {
	const n = times.length;
	if (n === 0) return [];
	const raw = times.map((at, k) => {
		if (model === 'last') return k === n - 1 ? 1 : 0;
		if (model === 'first') return k === 0 ? 1 : 0;
		if (model === 'linear') return 1 / n;
		if (model === 'position') return n === 1 ? 1 : n === 2 ? 0.5 : k === 0 || k === n - 1 ? 0.4 : 0.2 / (n - 2);
		return Math.exp((-Math.LN2 * ((times[n - 1] ?? 0) - at)) / DAY_MS / halfLifeDays);
	});
	const sum = raw.reduce((all, one) => all + one, 0);
	return raw.map((one) => one / sum);
}

function dayOf(at: number): string {
	return new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(at);
}

const sumOf = (values: ReadonlyArray<Record<string, string>>): Map<string, bigint> => {
	const sums = new Map<string, bigint>();
	for (const value of values) for (const [currency, text] of Object.entries(value)) sums.set(currency, (sums.get(currency) ?? 0n) + units(text));
	return new Map([...sums].filter(([, sum]) => sum !== 0n));
};

describe.each(DATABASES)('credits against a naive answer on %s', (kind) => {
	let world: World;
	beforeAll(async () => {
		world = await World.open(kind);
		await world.engine.settings.set({ zone: ZONE, conversions: [{ name: 'Orders', event: 'Order Completed', value: 'total', currency: 'currency', order: 'order_id', refund: 'Order Refunded' }] });
	});
	afterAll(() => world.close());

	it.each([1, 2, 3, 4])('of all five models, to the last millionth of money (seed %i)', async (seed) => {
		const roll = dice(seed);
		const endMs = world.clock.nowMs();
		await world.change('delete from message');
		await world.change('delete from event');
		const profiles = await world.people(30);
		const shop = shopOf(profiles, roll, endMs);
		await sent(world, shop.messages);
		await ordered(world, shop.orders.map(({ profile, at, number, value, currency }) => ({ profile, at, properties: { ...(number === null ? {} : { order_id: number }), ...(value === null ? {} : { total: roll(2) === 0 ? value : Number(value) }), currency } })), { historical: roll(2) === 0 });
		await ordered(world, shop.refunds.map(({ profile, at, number, value }) => ({ profile, at, event: 'Order Refunded', properties: { order_id: number, ...(value === null ? {} : { total: value }) } })));

		for (const model of MODELS) {
			const rules: AttributionSettings = { model, clickDays: [0, 3, 7, 30][roll(4)] ?? 0, openDays: [0, 1, 5][roll(3)] ?? 0, sentDays: [0, 2][roll(2)] ?? 0, halfLifeDays: 1 + roll(9), onlyMarketing: roll(3) === 0 };
			if (rules.clickDays + rules.openDays + rules.sentDays === 0) rules.clickDays = 7;
			const stretch: [number, number] = [endMs - (5 + roll(25)) * DAY_MS, endMs - roll(3) * DAY_MS];
			const expected = answer(shop, rules, stretch);

			const report = await world.engine.attribution.conversions({ conversion: { kind: 'named', name: 'orders' }, since: new Date(stretch[0]).toISOString(), until: new Date(stretch[1]).toISOString(), rules, by: ['step', 'channel', 'topic', 'day'] });

			const parts = [...report.groups, report.elsewhere, report.notAttributed];
			expect(report.total.conversions).toBe(String(expected.count));
			expect(units(report.notAttributed.conversions)).toBe(BigInt(expected.unattributed) * 1_000_000n);
			expect(parts.reduce((sum, { conversions }) => sum + units(conversions), 0n)).toBe(BigInt(expected.count) * 1_000_000n);
			expect(sumOf(parts.map(({ value }) => value))).toEqual(new Map([...expected.total].filter(([, sum]) => sum !== 0n)));
			expect(sumOf([report.notAttributed.value])).toEqual(new Map([...expected.none].filter(([, sum]) => sum !== 0n)));
			expect(report.refunded).toBe(expected.refunded);
			const told = new Map(report.groups.map((group) => [[group.step, group.channel, group.topic, group.day].join(' '), group]));
			expect([...told.keys()].sort()).toEqual([...expected.groups.keys()].sort());
			for (const [key, { credit, value, people }] of expected.groups) {
				const group = told.get(key) as ConversionGroup;
				expect(Number(group.conversions)).toBeCloseTo(credit, 4);
				expect(group.people).toBe(people.size);
				for (const [currency, sum] of value) expect(Number(group.value[currency] ?? '0')).toBeCloseTo(sum / 1_000_000, 3);
			}
		}
	});
});
