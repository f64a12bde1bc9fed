import type { IDataObject } from 'n8n-workflow';

import type { SmsEstimate, SmsEstimateOfCountry, TextContent } from '../../../../engine';
import type { CheckedNode, Graph } from '../../check/graph';

/** What an estimate is of. */
export interface About {
	graph: Graph;
	step: CheckedNode;
	trigger: string | null;
	/** null: none is known. */
	currency: string | null;
	/** Who is meant, in words. */
	what: string;
}

const NO_NUMBERS = {
	audience: null, lookedAt: null, lookedAtPercent: null, reachable: null, later: null, keptBack: '', broken: null, messages: null, segments: null, segmentsPerMessage: null,
	unicode: null, media: null, marginPercent: null, cost: null, currency: null, noPriceFor: '', countries: '',
};

/** Every row has the same columns. `content`: null where a template is sent. */
export function stepRow({ graph, step, trigger, currency, what }: About, content: TextContent | null, told: SmsEstimate): IDataObject {
	const { audience, lookedAt, reachable, later, keptBack, broken, messages, segments, unicode, media, marginPercent, cost, countries } = told;
	return {
		step: step.name, trigger, ...NO_NUMBERS,
		audience, lookedAt, lookedAtPercent: part(lookedAt, audience), reachable, later,
		keptBack: keptBack.map(({ guard, people }) => `${guard}: ${people}`).join(', '),
		broken, messages, segments, segmentsPerMessage: messages === 0 ? null : Math.round((segments / messages) * 100) / 100, unicode, media, marginPercent,
		cost, currency, noPriceFor: countries.filter((one) => one.cost === null).map(nameOf).join(', '),
		countries: countries.map((one) => `${nameOf(one)}: ${one.messages}`).join(', '),
		note: notes(what, content, told).join(' '), ...ids(graph, step),
	};
}

/** Of what cannot be estimated, with the reason as its note. */
export function untoldRow({ graph, step, trigger, currency }: About, note: string): IDataObject {
	return { step: step.name, trigger, ...NO_NUMBERS, currency, note, ...ids(graph, step) };
}

/** The countries of one step, most segments first. */
export function countryRows({ graph, step, trigger, currency }: About, { countries, lookedAt, audience, marginPercent }: SmsEstimate): IDataObject[] {
	return countries.map((one) => ({
		step: step.name, trigger, country: nameOf(one), messages: one.messages, segments: one.segments, unicode: one.unicode, media: one.media, price: one.price, cost: one.cost, currency,
		note: one.cost === null ? `no price for: ${nameOf(one)}` : '', lookedAtPercent: part(lookedAt, audience), marginPercent, ...ids(graph, step),
	}));
}

function notes(what: string, content: TextContent | null, { audience, brokenReason, broken, media, countries, marginPercent, lookedAt }: SmsEstimate): string[] {
	const unpriced = countries.filter(({ cost }) => cost === null);
	const shown = [content?.text ?? '', ...(content?.mediaUrls ?? [])].join(' ');
	return [
		...(what === '' ? [] : [`${audience} people ${what}.`]),
		...(marginPercent === null ? [] : [`${lookedAt} of them were looked at and stand for all; the true number of segments is within ${marginPercent} % of it.`]),
		...(unpriced.length === 0 ? [] : [`no price for: ${unpriced.map(nameOf).join(', ')}.`]),
		...(media === 0 ? [] : ['Media is not in the cost.']),
		...(broken === 0 ? [] : [`Of ${broken} the message cannot be made: ${brokenReason ?? ''}`]),
		...(/\b(event|item)\b/.test(shown.match(/\{[{%].*?[}%]\}/gs)?.join(' ') ?? '') ? ['What the text shows of event and item nobody has yet: it is counted as empty.'] : []),
	];
}

function nameOf({ country }: SmsEstimateOfCountry): string {
	return country ?? 'unknown country';
}

function part(of: number, whole: number): number | null {
	return whole === 0 ? null : Math.round((of / whole) * 1000) / 10;
}

function ids(graph: Graph, step: CheckedNode): IDataObject {
	return { workflowId: graph.id, stepId: step.id };
}
