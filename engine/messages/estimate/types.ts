import type { SmsConfig } from '../../channels/types';
import type { StepRef } from '../../journeys/types';
import type { RuleSource } from '../../segments/types';
import type { SmsMaking } from '../sms-types';
import type { GuardName, HoldingPolicy } from '../types';
import type { SendVariants } from '../variant-types';

/** What an SMS step would send to these people if it were their turn now. */
export interface SmsEstimateRequest extends SmsMaking {
	step: StepRef;
	/** Its kind of service, which the checks of a send are told; none of them asks for it at present. */
	provider: SmsConfig['kind'];
	topic: string;
	holding?: HoldingPolicy;
	variants?: SendVariants;
	/** Who is meant: everybody of a rule, segment or list. */
	people: RuleSource;
	/** Whose step it is: its name for Liquid, its trigger's step and percentage for the holdout. Absent: of none. */
	journey?: { name: string; trigger: string; holdoutPercent?: number };
	/** Price of a segment as decimal text, by country (ISO 3166-1 alpha-2); '*' for all others. Throws BAD_INPUT for what is no price. */
	prices: Readonly<Record<string, string>>;
	/** Of more people about so many are looked at, drawn by a hash of who they are, and the rest is taken to be like them. Default: everybody is looked at. */
	lookAtMost?: number;
}

/** All numbers are of the whole audience; where only a part of it was looked at, each is that part's, scaled up and rounded. */
export interface SmsEstimate {
	audience: number;
	/** How many of them were rendered and asked of the guards; all of them: the figures are exact. */
	lookedAt: number;
	/** Whom the guards let through now or later. */
	reachable: number;
	/** Of these, who would wait for quiet hours and the like. */
	later: number;
	/** Whom a guard keeps back for good, most first. */
	keptBack: Array<{ guard: GuardName; people: number }>;
	/** Reachable ones whose message cannot be made: they would be held at the step. */
	broken: number;
	/** Of one of them. */
	brokenReason: string | null;
	messages: number;
	segments: number;
	/** Messages with characters that GSM-7 has not, of which fewer fit into a segment. */
	unicode: number;
	/** Messages with media, which services bill apart: only the segments of their text are counted. */
	media: number;
	/** The true number of segments is this many percent above or below at most (95 of 100 times); null: it is exact. */
	marginPercent: number | null;
	/** Most segments first. */
	countries: SmsEstimateOfCountry[];
	/** Of the countries with a price, as decimal text; null: none has one. */
	cost: string | null;
}

export interface SmsEstimateOfCountry {
	/** ISO 3166-1 alpha-2; null: the number does not tell. */
	country: string | null;
	messages: number;
	segments: number;
	unicode: number;
	media: number;
	/** null: there is none, and none for '*'. */
	price: string | null;
	cost: string | null;
}
