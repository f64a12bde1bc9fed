import type { Channel } from '../../../engine';
import { entriesIn, templateNamed } from '../../shared/fields';
import type { CheckedNode } from './graph';
import { channelOf, kindOf } from './kinds';

/** Attributes that Liquid writes into a mail of each person, without a default and without asking first whether they are there. */
export function bareAttributes(node: CheckedNode): string[] {
	return barePaths(node, 'profile').filter((path) => !isAlways(path, node));
}

/** The same of `event.properties` and of `item`. */
export function barePaths(node: CheckedNode, of: 'profile' | 'event.properties' | 'item'): string[] {
	const whole = [...sources(node), ...ofVariants(node)].filter((text): text is string => typeof text === 'string').join('\n').replace(/\{%-?\s*comment\s*-?%\}[\s\S]*?\{%-?\s*endcomment\s*-?%\}/g, '');
	const asked = new Set([...whole.matchAll(/\{%-?\s*(?:if|elsif|unless|case)\b([\s\S]*?)-?%\}/g)].flatMap(([, condition = '']) => pathsIn(condition, of)));
	const shown = [...whole.matchAll(/\{\{-?([\s\S]*?)-?\}\}/g)].flatMap(([, output = '']) => (/\|\s*default\s*:/.test(output) ? [] : pathsIn(output, of)));
	return [...new Set(shown)].filter((path) => !asked.has(path));
}

/** Main texts of senders that have no Content of several kinds: notifications, messages on pages, WhatsApp's templates and media. */
const TEXTS = ['title', 'message', 'link', 'image', 'icon', 'headline', 'text', 'question', 'code', 'headerText', 'headerUrl', 'headerFileName', 'mediaUrl', 'caption', 'fileName'];

/** Where this sender's Liquid stands. A part of a postal address that is not there keeps a piece of mail from leaving, and says so. */
function sources(node: CheckedNode): unknown[] {
	const { parameters } = node;
	// What a template shows is checked by Journey Content.
	const channel = channelOf(node);
	if (channel !== undefined && templateNamed({ ...parameters, template: 'x', contentTemplate: 'x' }, channel as Channel) !== '') return [];
	if (kindOf(node) === 'journeyDirectMail') return (parameters.piece === 'letter' ? ['letter'] : ['front', 'back']).flatMap((side) => ((parameters[`${side}Source`] ?? 'html') === 'html' ? [parameters[`${side}Html`]] : []));
	const source = typeof parameters.contentSource === 'string' ? parameters.contentSource : 'mjml';
	if (source === 'expression') return [];
	const lines = ['parameters', 'buttons'].flatMap((name) => ((parameters[name] as { values?: Array<{ value?: unknown }> } | undefined)?.values ?? []).map(({ value }) => value));
	return [...['subject', 'preheader', source, ...TEXTS].map((name) => parameters[name]), ...lines];
}

/** Whatever stands in a field that is hidden now does no harm: it is looked at as well. */
function ofVariants({ parameters }: CheckedNode): unknown[] {
	return parameters.variants === 'abn' || parameters.variants === 'multivariate' ? entriesIn(parameters.variantList, 'variant').flatMap((row) => Object.values(row)) : [];
}

/** What each sender writes to, where that is an attribute that the engine puts there; of all others it is the email address. */
const ADDRESS: Readonly<Record<string, string | null>> = { journeySms: 'phone', journeyWhatsApp: 'phone', journeyChat: null, journeyPush: null, journeyWebPush: null, journeyOnSite: null, journeyDirectMail: null };

/** Put there by the engine, whatever the person has. */
function isAlways(path: string, node: CheckedNode): boolean {
	const kind = kindOf(node);
	const address = Object.hasOwn(ADDRESS, kind) ? ADDRESS[kind] : 'email';
	return path === 'id' || path === (kind === 'journeyChat' && node.parameters.provider === 'kakao' ? 'phone' : address);
}

function pathsIn(liquid: string, of: string): string[] {
	const withoutTexts = liquid.replace(/"[^"]*"|'[^']*'/g, '');
	return [...withoutTexts.matchAll(/(?<![\w.-])([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)/g)].flatMap(([, path = '']) => (path.startsWith(`${of}.`) ? [path.slice(of.length + 1)] : []));
}
