import type { AttributionModel, AttributionSettings, NamedConversion } from '../settings/types';

/*
 * conversion  an event, or a goal of a journey, that somebody reached; test people are left out
 * touch       a message that the person clicked, opened or was sent, so many days before the conversion at most; a message is one touch, at the last such time
 * credit      the part of a conversion, and of what it is worth, that a touch gets; those of a conversion add up to it exactly
 */

/** Which conversions: those of a name in Settings, those by an event, or those that reached a goal of a journey (without `goal`: any). */
export type ConversionRef =
	| { kind: 'named'; name: string }
	| ({ kind: 'event' } & Omit<NamedConversion, 'name'>)
	| { kind: 'goal'; workflow: string; goal?: string };

/** What credits are added up by. */
export type AttributionDimension = 'journey' | 'step' | 'channel' | 'topic' | 'template' | 'variant' | 'day';

export interface ConversionQuery {
	conversion: ConversionRef;
	/** ISO 8601, of the conversion's own time. Default: 30 days before `until`. */
	since?: string;
	/** ISO 8601; up to it and without it. Default: now. */
	until?: string;
	/** What is left out goes by the setting `attribution`. */
	rules?: Partial<AttributionSettings>;
	/** Default: journey and step. Empty: all together. */
	by?: AttributionDimension[];
	/** Only what messages of this workflow, step (node id or name) or channel get; the others still take their share, which is told as `elsewhere`. */
	workflow?: string;
	step?: string;
	channel?: string;
}

export interface ConversionFigures {
	/** A decimal with at most six places. */
	conversions: string;
	/** Who converted, each once. */
	people: number;
	/** By currency ('' where none is known), as decimals. */
	value: Record<string, string>;
}

export interface ConversionGroup extends ConversionFigures {
	/** Conversions of which they got any part. */
	assisted: number;
	workflow?: string;
	/** Node id of the Journey Trigger; null: sent outside a journey, or in one that is unknown by now. */
	journey?: string | null;
	journeyName?: string;
	step?: string;
	stepName?: string;
	channel?: string;
	/** '': the whole channel. */
	topic?: string;
	/** null: its content stood in the step. */
	template?: { key: string; name: string } | null;
	/** null: the step had none. */
	variant?: string | null;
	/** YYYY-MM-DD of the conversion, in the zone of the settings. */
	day?: string;
}

export interface ConversionReport {
	since: string;
	until: string;
	rules: AttributionSettings;
	/** All conversions: groups + elsewhere + notAttributed, exactly. */
	total: ConversionFigures;
	/** The most conversions first. */
	groups: ConversionGroup[];
	/** What messages got that were not asked for. */
	elsewhere: ConversionFigures;
	/** Without a touch. What refunds took back of nobody knows which order stands here too, below 0. */
	notAttributed: ConversionFigures;
	/** Orders that were taken back as a whole, and are no conversions. */
	refunded: number;
}

export interface LiftQuery {
	conversion: ConversionRef;
	workflow: string;
	/** Node id or name of the Journey Trigger, where a workflow has several. Default: the first. */
	journey?: string;
	/** Of the entry. Default: 90 days before `until`. */
	since?: string;
	until?: string;
	/** So long after the entry a conversion counts; who has not been in for so long is left out. Default 7. */
	withinDays?: number;
}

export interface LiftArm {
	people: number;
	/** Of them, who converted. */
	converted: number;
	/** 0 to 1; null: nobody. */
	rate: number | null;
	/** Holds the rate at every look at once, with a probability of 95 %. */
	interval: [low: number, high: number];
}

export interface LiftReport {
	journey: string;
	since: string;
	until: string;
	withinDays: number;
	treated: LiftArm;
	heldOut: LiftArm;
	/** Of the rates; null where one of them has nobody. The interval holds as those of the rates do. */
	difference: { rate: number; interval: [low: number, high: number] } | null;
	/** People who converted because of the journey, by the difference. */
	incremental: { people: number; interval: [low: number, high: number] } | null;
	/** Entered, but not long enough ago. */
	maturing: number;
}

/** To which messages one conversion of a person is credited. */
export interface CreditedConversion {
	conversion: string;
	at: string;
	value: string | null;
	currency: string | null;
	model: AttributionModel;
	/** In the order of the touches; empty: no message gets it. */
	credits: Array<{ message: string; workflow: string; step: string; stepName: string; channel: string; touchedAt: string; conversions: string; value: string | null }>;
}

export interface AttributionApi {
	/**
	 * Which messages get credit for conversions. Reads only, in slices of people; whoever is merged meanwhile may be missed or counted twice.
	 * Throws NOT_FOUND for a name that Settings do not have, BAD_INPUT for what cannot be meant and for more groups than anybody reads.
	 */
	conversions(query: ConversionQuery): Promise<ConversionReport>;
	/**
	 * Whether the journey has made people convert who otherwise would not have: those held out against the others, each by their first entry of that time.
	 * Reads only. Throws as `conversions`, and NOT_FOUND for the journey.
	 */
	lift(query: LiftQuery): Promise<LiftReport>;
}
