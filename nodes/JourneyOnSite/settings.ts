import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { OnSiteContent, OnSiteKind, OnSiteSendRequest, OnSiteShowing, OnSiteTrigger, SignUpField, SurveyScale } from '../../engine';
import { madeOf, nameIn, readSending, type Made } from '../shared/fields';

export type OnSiteSettings = Omit<OnSiteSendRequest, 'step' | 'items' | 'content'> & Made<OnSiteContent>;

interface OnSiteOptions {
	accent?: string;
	anyBrowser?: boolean;
	recall?: boolean;
	theme?: OnSiteShowing['style']['theme'];
}

/** Everything is one for the batch. Throws a NodeOperationError that names the field. */
export function settingsOf(context: IExecuteFunctions): OnSiteSettings {
	return { ...readSending(context), ...madeOf(context, () => contentOf(context), 'onsite'), showing: showingOf(context), provider: { kind: 'onSite' } };
}

function showingOf(context: IExecuteFunctions): OnSiteShowing {
	const kind = context.getNodeParameter('kind', 0) as OnSiteKind;
	const { accent = '', anyBrowser = false, recall = true, theme = 'auto' } = context.getNodeParameter('options', 0, {}) as OnSiteOptions;
	const isInbox = kind === 'inbox';
	const comesAgain = !isInbox && kind !== 'inline';
	const slot = textOf(context, 'slot');
	if (kind === 'inline' && slot === '') throw new NodeOperationError(context.getNode(), "'Place on the Page' is empty", { description: 'Give the place a name, for example home-hero, and put <div data-journeys-slot="home-hero"></div> into the page.' });
	if (accent !== '' && !/^#[0-9a-f]{6}$/i.test(accent)) throw new NodeOperationError(context.getNode(), "'Colour' is no colour", { description: 'Write it as # and six hexadecimal digits, for example #3b4fd8.' });
	return {
		kind, slot, anyBrowser, recall, priority: isInbox ? 0 : numberOf(context, 'priority', 50), mostShows: comesAgain ? numberOf(context, 'mostShows', 3) : 0, gapHours: comesAgain ? numberOf(context, 'gapHours', 24) : 0,
		expiresAfterHours: numberOf(context, 'expiresAfterHours', 168),
		rules: isInbox ? { trigger: { on: 'load' }, urls: [], notUrls: [] } : { trigger: triggerOf(context), urls: listOf(context, 'urls'), notUrls: listOf(context, 'notUrls') },
		style: { accent, theme, position: kind === 'banner' ? (textOf(context, 'edge') as 'top' | 'bottom') : kind === 'slideIn' ? (textOf(context, 'corner') as 'start' | 'end') : 'end' },
	};
}

function triggerOf(context: IExecuteFunctions): OnSiteTrigger {
	const on = context.getNodeParameter('trigger', 0, 'load') as OnSiteTrigger['on'];
	switch (on) {
		case 'delay':
			return { on, seconds: numberOf(context, 'seconds', 10) };
		case 'scroll':
			return { on, percent: numberOf(context, 'percent', 50) };
		case 'event': {
			const event = nameIn(context.getNodeParameter('eventName', 0, ''));
			if (event === '') throw new NodeOperationError(context.getNode(), "'Event' is empty", { description: 'Name the event at which the message is shown, as the page tracks it.' });
			return { on, event };
		}
		default:
			return { on };
	}
}

export function contentOf(context: IExecuteFunctions): OnSiteContent {
	const kind = context.getNodeParameter('content', 0, 'message') as 'message' | 'form' | 'survey';
	const imageUrl = writtenText(context, 'imageUrl');
	const base = { headline: writtenText(context, 'headline'), text: writtenText(context, 'text'), ...(imageUrl === '' ? {} : { imageUrl, imageAlt: writtenText(context, 'imageAlt') }) };
	if (kind === 'form') {
		const fields = context.getNodeParameter('formFields', 0, []) as SignUpField[];
		// In the order in which people expect them.
		const ordered = (['firstName', 'email', 'phone'] as const).filter((field) => fields.includes(field));
		const topics = textOf(context, 'formTopics').split(',').map((topic) => topic.trim()).filter((topic) => topic !== '');
		return { ...base, buttons: [], form: { fields: ordered, topics, consentText: writtenText(context, 'consentText'), submitLabel: writtenText(context, 'submitLabel'), thanks: writtenText(context, 'formThanks') } };
	}
	if (kind === 'survey') {
		const scale = context.getNodeParameter('scale', 0) as SurveyScale;
		const hasEnds = scale === 'nps' || scale === 'csat';
		return {
			...base, buttons: [],
			survey: {
				scale, question: writtenText(context, 'question'), choices: scale === 'choice' ? listOf(context, 'choices') : [], lowLabel: hasEnds ? writtenText(context, 'lowLabel') : '', highLabel: hasEnds ? writtenText(context, 'highLabel') : '',
				followUp: writtenText(context, 'followUp'), thanks: writtenText(context, 'surveyThanks'),
			},
		};
	}
	const { values = [] } = context.getNodeParameter('buttons', 0, {}, { rawExpressions: true }) as { values?: IDataObject[] };
	return { ...base, buttons: values.map(({ label, url }) => ({ label: String(label ?? ''), url: String(url ?? '') })).filter(({ label }) => label.trim() !== '') };
}

/** As it was written, never resolved: Liquid's braces are no expression of n8n's. */
function writtenText(context: IExecuteFunctions, name: string): string {
	return String(context.getNodeParameter(name, 0, '', { rawExpressions: true }) ?? '');
}

function textOf(context: IExecuteFunctions, name: string): string {
	return String(context.getNodeParameter(name, 0, '') ?? '').trim();
}

function listOf(context: IExecuteFunctions, name: string): string[] {
	const given = context.getNodeParameter(name, 0, [], { rawExpressions: true }) as string[] | string;
	return (Array.isArray(given) ? given : [given]).map((one) => String(one ?? '').trim()).filter((one) => one !== '');
}

function numberOf(context: IExecuteFunctions, name: string, otherwise: number): number {
	const value = Number(context.getNodeParameter(name, 0, otherwise));
	if (Number.isFinite(value) && value >= 0) return value;
	throw new NodeOperationError(context.getNode(), `'${name}' is no number of 0 or more`, { description: 'Change it in the panel of this node.' });
}
