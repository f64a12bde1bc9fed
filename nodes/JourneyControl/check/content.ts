import type { CheckedNode } from './graph';
import { kindOf } from './kinds';

/** Attributes that Liquid writes into a mail of each person, without a default and without asking first whether they are there. */
export function bareAttributes(node: CheckedNode): string[] {
	return barePaths(node, 'profile').filter((path) => !isAlways(path, node));
}

/** The main texts of Journey On-Site. */
const ON_SITE = ['headline', 'text', 'question'];

/** The same of `event.properties` and of `item`. */
export function barePaths({ parameters }: CheckedNode, of: 'profile' | 'event.properties' | 'item'): string[] {
	const source = typeof parameters.contentSource === 'string' ? parameters.contentSource : 'mjml';
	// What a template shows is checked by Journey Content.
	if (source === 'expression' || source === 'template') return [];
	const whole = [...['subject', 'preheader', source, 'title', 'message', 'link', 'image', 'icon', ...ON_SITE].map((name) => parameters[name]), ...fillIns(parameters)].filter((text): text is string => typeof text === 'string').join('\n').replace(/\{%-?\s*comment\s*-?%\}[\s\S]*?\{%-?\s*endcomment\s*-?%\}/g, '');
	const asked = new Set([...whole.matchAll(/\{%-?\s*(?:if|elsif|unless|case)\b([\s\S]*?)-?%\}/g)].flatMap(([, condition = '']) => pathsIn(condition, of)));
	const shown = [...whole.matchAll(/\{\{-?([\s\S]*?)-?\}\}/g)].flatMap(([, output = '']) => (/\|\s*default\s*:/.test(output) ? [] : pathsIn(output, of)));
	return [...new Set(shown)].filter((path) => !asked.has(path));
}

/** What fills in a template or a media of WhatsApp. */
function fillIns(parameters: CheckedNode['parameters']): unknown[] {
	const lines = ['parameters', 'buttons'].flatMap((name) => ((parameters[name] as { values?: Array<{ value?: unknown }> } | undefined)?.values ?? []).map(({ value }) => value));
	return [...['code', 'headerText', 'headerUrl', 'headerFileName', 'mediaUrl', 'caption', 'fileName'].map((name) => parameters[name]), ...lines];
}

/** What each sender writes to, where that is an attribute that the engine puts there. */
const ADDRESS: Readonly<Record<string, string>> = { journeyEmail: 'email', journeySms: 'phone', journeyWhatsApp: 'phone' };

/** Put there by the engine, whatever the person has. */
function isAlways(path: string, node: CheckedNode): boolean {
	const kind = kindOf(node);
	return path === 'id' || path === (kind === 'journeyChat' && node.parameters.provider === 'kakao' ? 'phone' : ADDRESS[kind]);
}

function pathsIn(liquid: string, of: string): string[] {
	const withoutTexts = liquid.replace(/"[^"]*"|'[^']*'/g, '');
	return [...withoutTexts.matchAll(/(?<![\w.-])([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)/g)].flatMap(([, path = '']) => (path.startsWith(`${of}.`) ? [path.slice(of.length + 1)] : []));
}
