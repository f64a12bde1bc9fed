import type { CheckedNode } from './graph';
import { kindOf } from './kinds';

/** Attributes that Liquid writes into a mail of each person, without a default and without asking first whether they are there. */
export function bareAttributes(node: CheckedNode): string[] {
	return barePaths(node, 'profile').filter((path) => !isAlways(path, node));
}

/** The same of `event.properties` and of `item`. */
export function barePaths({ parameters }: CheckedNode, of: 'profile' | 'event.properties' | 'item'): string[] {
	const source = typeof parameters.contentSource === 'string' ? parameters.contentSource : 'mjml';
	// What a template shows is checked by Journey Content.
	if (source === 'expression' || source === 'template') return [];
	const texts = ['subject', 'preheader', source].map((name) => parameters[name]).filter((text): text is string => typeof text === 'string');
	const whole = texts.join('\n').replace(/\{%-?\s*comment\s*-?%\}[\s\S]*?\{%-?\s*endcomment\s*-?%\}/g, '');
	const asked = new Set([...whole.matchAll(/\{%-?\s*(?:if|elsif|unless|case)\b([\s\S]*?)-?%\}/g)].flatMap(([, condition = '']) => pathsIn(condition, of)));
	const shown = [...whole.matchAll(/\{\{-?([\s\S]*?)-?\}\}/g)].flatMap(([, output = '']) => (/\|\s*default\s*:/.test(output) ? [] : pathsIn(output, of)));
	return [...new Set(shown)].filter((path) => !asked.has(path));
}

/** Put there by the engine, whatever the person has. */
function isAlways(path: string, node: CheckedNode): boolean {
	return path === 'id' || path === (kindOf(node) === 'journeySms' ? 'phone' : 'email');
}

function pathsIn(liquid: string, of: string): string[] {
	const withoutTexts = liquid.replace(/"[^"]*"|'[^']*'/g, '');
	return [...withoutTexts.matchAll(/(?<![\w.-])([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)/g)].flatMap(([, path = '']) => (path.startsWith(`${of}.`) ? [path.slice(of.length + 1)] : []));
}
