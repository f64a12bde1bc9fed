import { priceOf, smsCost, smsSegments, sumOfCosts } from '../../channels/sms';
import { countryOfPhone } from '../../profiles';
import type { GuardName } from '../types';
import type { SmsEstimate, SmsEstimateOfCountry } from './types';

/** What became of one person who was looked at. */
export type Looked =
	| { kind: 'kept'; guard: GuardName }
	| { kind: 'broken'; reason: string; later: boolean }
	| { kind: 'message'; to: string; text: string; media: boolean; later: boolean };

type Counts = Pick<SmsEstimateOfCountry, 'messages' | 'segments' | 'unicode' | 'media'>;

/** Grows with the countries and the guards, not with the people. */
export class SmsCount {
	/** Those who were not looked at, too. */
	audience = 0;
	private looked = 0;
	private reachable = 0;
	private later = 0;
	private broken = 0;
	private brokenReason: string | null = null;
	private squares = 0;
	private readonly kept = new Map<GuardName, number>();
	private readonly countries = new Map<string | null, Counts>();

	add(one: Looked): void {
		this.looked += 1;
		if (one.kind === 'kept') {
			this.kept.set(one.guard, (this.kept.get(one.guard) ?? 0) + 1);
			return;
		}
		this.reachable += 1;
		if (one.later) this.later += 1;
		if (one.kind === 'message') this.addMessage(one);
		else {
			this.broken += 1;
			this.brokenReason ??= one.reason;
		}
	}

	private addMessage({ to, text, media }: Extract<Looked, { kind: 'message' }>): void {
		// An MMS may have no text.
		const { segments, encoding } = text === '' ? { segments: 0, encoding: 'GSM-7' } : smsSegments(text);
		const country = countryOfPhone(to);
		const known = this.countries.get(country) ?? { messages: 0, segments: 0, unicode: 0, media: 0 };
		this.countries.set(country, { messages: known.messages + 1, segments: known.segments + segments, unicode: known.unicode + (encoding === 'UCS-2' ? 1 : 0), media: known.media + (media ? 1 : 0) });
		this.squares += segments ** 2;
	}

	result(prices: Readonly<Record<string, string>>): SmsEstimate {
		const { audience, looked } = this;
		const scaled = (people: number) => (looked === 0 ? 0 : Math.round((people * audience) / looked));
		const countries = [...this.countries].map(([country, counts]): SmsEstimateOfCountry => {
			const segments = scaled(counts.segments);
			return { country, messages: scaled(counts.messages), segments, unicode: scaled(counts.unicode), media: scaled(counts.media), price: priceOf(country, prices) ?? null, cost: smsCost(segments, country, prices) };
		}).sort((a, b) => b.segments - a.segments || (a.country ?? '').localeCompare(b.country ?? ''));
		// Of the rounded numbers, so that a table of the countries adds up to it.
		const total = (pick: (one: SmsEstimateOfCountry) => number) => countries.reduce((sum, one) => sum + pick(one), 0);
		const costs = countries.flatMap(({ cost }) => (cost === null ? [] : [cost]));
		return {
			audience, lookedAt: looked, reachable: scaled(this.reachable), later: scaled(this.later),
			keptBack: [...this.kept].map(([guard, people]) => ({ guard, people: scaled(people) })).sort((a, b) => b.people - a.people || a.guard.localeCompare(b.guard)),
			broken: scaled(this.broken), brokenReason: this.brokenReason,
			messages: total((one) => one.messages), segments: total((one) => one.segments), unicode: total((one) => one.unicode), media: total((one) => one.media),
			marginPercent: this.margin(), countries, cost: costs.length === 0 ? null : sumOfCosts(costs),
		};
	}

	/** Of a sample drawn without putting back: 1.96 standard errors of its mean (Cochran, Sampling Techniques, 2.6), in percent of it. */
	private margin(): number | null {
		const { audience, looked } = this;
		if (looked >= audience) return null;
		const sum = [...this.countries.values()].reduce((total, { segments }) => total + segments, 0);
		if (looked < 2 || sum === 0) return 100;
		const mean = sum / looked;
		const variance = Math.max(0, (this.squares - looked * mean ** 2) / (looked - 1));
		return Math.round(((1.96 * Math.sqrt((variance / looked) * (1 - looked / audience))) / mean) * 1000) / 10;
	}
}
