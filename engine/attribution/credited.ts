import { iso, millionthsText } from '../kernel';
import type { AttributionDeps } from './conversions';
import { stepId, stepNames } from './names';
import type { Reached } from './reached';
import type { CreditedConversion } from './types';
import { walkAmong, type Credit } from './walk';

/** The newest of each conversion that are told. */
const MOST = 5;
const BACK_MS = 365 * 86_400_000;

/** The newest conversions of a person, of each that Settings name at most five of a year, newest first, by the model and windows in force. A test person's too: somebody tries the journey. */
export async function creditedTo({ store, settings }: AttributionDeps, profile: number): Promise<CreditedConversion[]> {
	const { conversions, attribution: rules, currency } = await settings.current();
	const nowMs = await store.read((reader) => Promise.resolve(reader.nowMs));
	const found: Array<{ name: string; conversion: Reached; credits: readonly Credit[] }> = [];
	for (const { name, ...event } of conversions) {
		const mine: typeof found = [];
		await walkAmong(store, { converting: { kind: 'event', ...event }, rules, stretch: { since: nowMs - BACK_MS, until: nowMs + 1 }, currency }, { profile }, (conversion, credits) => {
			if (conversion.refunded || conversion.value < 0n) return;
			mine.push({ name, conversion, credits });
			if (mine.length > MOST) mine.shift();
		});
		found.push(...mine);
	}
	const workflows = [...new Set(found.flatMap(({ credits }) => credits.map(({ touch }) => touch.workflow)))];
	const steps = new Map((await store.read((reader) => stepNames(reader, workflows))).map((row) => [stepId(row), row.name]));
	return found.sort((a, b) => b.conversion.at - a.conversion.at).map(({ name, conversion, credits }) => ({
		conversion: name, at: iso(conversion.at) ?? '', model: rules.model, ...worth(conversion, conversion.value),
		credits: credits.filter(({ credit }) => credit > 0n).map(({ touch, credit, value }) => ({
			message: touch.message, workflow: touch.workflow, step: touch.step, stepName: steps.get(stepId(touch)) ?? touch.step, channel: touch.channel,
			touchedAt: iso(touch.at) ?? '', conversions: millionthsText(credit), value: worth(conversion, value).value,
		})),
	}));
}

function worth({ currency }: Reached, value: bigint): { value: string | null; currency: string | null } {
	return currency === '' ? { value: null, currency: null } : { value: millionthsText(value), currency };
}
