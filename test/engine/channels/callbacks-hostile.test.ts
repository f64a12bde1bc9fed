import { CALLBACK_PROVIDERS } from '../../../engine/channels/callbacks';
import type { CallbackResult, DeliveryReport } from '../../../engine/channels/types';
import { CALLERS, KEY, NOW_MS, told, type Caller } from './callers';

const DAY_MS = 24 * 3_600_000;

const reportsIn = (result: CallbackResult): DeliveryReport[] => (result.kind === 'reports' ? result.reports : []);
const whole = ({ batch, sample }: Caller): unknown => (batch === undefined ? sample : batch([sample]));

it('are those of every service but Amazon, whose signature needs its certificate', () => {
	expect(Object.keys(CALLERS).sort()).toEqual(CALLBACK_PROVIDERS.map(({ name }) => name).filter((name) => name !== 'ses').sort());
});

describe.each(Object.entries(CALLERS))('a call as %s makes it', (provider, caller) => {
	it('is believed when it is whole and signed', async () => {
		expect(reportsIn(await told(provider, whole(caller)))).toHaveLength(caller.tells ?? 1);
	});

	it('is refused where it bears no signature or key, or another\'s', async () => {
		const secrets = caller.secrets(KEY);
		for (const given of [{ unsigned: true }, { key: 'another-key' }, { key: '' }] as const) expect(await told(provider, whole(caller), { ...given, secrets })).toMatchObject({ kind: 'refused' });
	});

	if (caller.signs.includes('body')) {
		it('is refused where its body was changed on the way', async () => {
			expect(await told(provider, whole(caller), { changed: (body) => (caller.form === true ? `${body}&more=1` : `${body} `) })).toMatchObject({ kind: 'refused' });
		});
	}

	if (caller.signs.includes('time')) {
		it('is refused when somebody repeats it days later', async () => {
			expect(await told(provider, whole(caller), { nowMs: NOW_MS + 3 * DAY_MS })).toMatchObject({ kind: 'refused' });
		});
	}

	it('is refused where the credential holds no secret, also one that is signed with none', async () => {
		for (const secrets of [caller.secrets(''), {}, Object.fromEntries(Object.keys(caller.secrets('')).map((name) => [name, name === 'apiKey' ? 'abc' : undefined]))]) {
			for (const key of ['', KEY, 'undefined']) expect(await told(provider, whole(caller), { key, secrets })).toMatchObject({ kind: 'refused' });
		}
	});

	it('never throws, whatever stands where', async () => {
		const strange: unknown[] = [null, 0, -1, '', 'x', 'constructor', '__proto__', [], [null], {}, true, 1e300, 'a'.repeat(10_000)];
		// A form is nothing else than names with values.
		for (const content of [...(caller.form === true ? [{}] : strange), ...mutations(whole(caller), strange)]) {
			const result = await told(provider, content);
			expect(['reports', 'malformed']).toContain(result.kind);
			for (const report of reportsIn(result)) expect([typeof report.kind, typeof report.id]).toEqual(['string', 'string']);
		}
	});

	const { batch, sample } = caller;
	if (batch !== undefined) {
		it('tells what it holds besides a row that is none', async () => {
			for (const bad of [null, 'x', 7, [], {}]) expect(reportsIn(await told(provider, batch([bad, sample, bad])))).toHaveLength(caller.tells ?? 1);
		});
	}
});

it.each(['twilio', 'plivo'])('of %s with more fields than any service sends are not read: anybody can call, and they take half a minute', async (provider) => {
	const { sample } = CALLERS[provider] as Caller;
	const fields = Object.fromEntries(Array.from({ length: 1_000 }, (_none, n) => [`x${n}`, '']));

	expect(await told(provider, { ...(sample as object), ...fields })).toMatchObject({ kind: 'refused' });
});

/** The content with each of its values replaced by each of these, one at a time. */
function mutations(content: unknown, by: readonly unknown[]): unknown[] {
	if (typeof content !== 'object' || content === null) return [];
	return Object.entries(content).flatMap(([name, value]) => {
		const put = (one: unknown): unknown => (Array.isArray(content) ? content.map((old, n) => (String(n) === name ? one : (old as unknown))) : { ...content, [name]: one });
		return [...by.map(put), ...mutations(value, by).map(put)];
	});
}
