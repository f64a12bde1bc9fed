import { millionthsText, WHOLE } from '../kernel';
import type { Reached } from './reached';
import type { ConversionFigures } from './types';

/** What is added up of conversions, in millionths. People come in order, so that each is counted once without being remembered. */
export class Tally {
	credit = 0n;
	assisted = 0;
	private people = 0;
	private lastPerson = -1;
	private lastConversion = '';
	private readonly values = new Map<string, bigint>();

	/** A part of a conversion; or what takes back, as a credit of 0 below nobody. */
	add({ key, profile, currency }: Reached, credit: bigint, value: bigint): void {
		this.credit += credit;
		if (credit > 0n && key !== this.lastConversion) {
			this.assisted += 1;
			this.lastConversion = key;
		}
		if (credit > 0n && profile !== this.lastPerson) {
			this.people += 1;
			this.lastPerson = profile;
		}
		if (value !== 0n) this.values.set(currency, (this.values.get(currency) ?? 0n) + value);
	}

	/** All of it. */
	addWhole(conversion: Reached): void {
		this.add(conversion, conversion.value < 0n ? 0n : WHOLE, conversion.value);
	}

	figures(): ConversionFigures {
		const value = Object.fromEntries([...this.values].sort(([one], [other]) => (one < other ? -1 : 1)).map(([currency, sum]) => [currency, millionthsText(sum)]));
		return { conversions: millionthsText(this.credit), people: this.people, value };
	}
}
