import type { CheckedNode } from './graph';
import { kindOf } from './kinds';

/** Attributes that Liquid writes into a mail of each person, without a default and without asking first whether they are there. */
export function bareAttributes(node: CheckedNode): string[] {
	return barePaths(node, 'profile').filter((path) => !isAlways(path, node));
}

/** The same of `event.properties` and of `item`. */
export function barePaths(node: CheckedNode, of: 'profile' | 'event.properties' | 'item'): string[] {
	const texts = textFields(node).map((name) => node.parameters[name]).filter((text): text is string => typeof text === 'string');
	const whole = texts.join('\n').replace(/\{%-?\s*comment\s*-?%\}[\s\S]*?\{%-?\s*endcomment\s*-?%\}/g, '');
	const asked = new Set([...whole.matchAll(/\{%-?\s*(?:if|elsif|unless|case)\b([\s\S]*?)-?%\}/g)].flatMap(([, condition = '']) => pathsIn(condition, of)));
	const shown = [...whole.matchAll(/\{\{-?([\s\S]*?)-?\}\}/g)].flatMap(([, output = '']) => (/\|\s*default\s*:/.test(output) ? [] : pathsIn(output, of)));
	return [...new Set(shown)].filter((path) => !asked.has(path));
}

/** Where this sender's Liquid stands. A part of a postal address that is not there keeps a piece of mail from leaving, and says so. */
function textFields(node: CheckedNode): string[] {
	const { parameters } = node;
	if (kindOf(node) === 'journeyDirectMail') return (parameters.piece === 'letter' ? ['letter'] : ['front', 'back']).flatMap((side) => ((parameters[`${side}Source`] ?? 'html') === 'html' ? [`${side}Html`] : []));
	const source = typeof parameters.contentSource === 'string' ? parameters.contentSource : 'mjml';
	return source === 'expression' ? [] : ['subject', 'preheader', source];
}

/** Put there by the engine, whatever the person has. */
function isAlways(path: string, node: CheckedNode): boolean {
	const kind = kindOf(node);
	return path === 'id' || (kind !== 'journeyDirectMail' && path === (kind === 'journeySms' ? 'phone' : 'email'));
}

function pathsIn(liquid: string, of: string): string[] {
	const withoutTexts = liquid.replace(/"[^"]*"|'[^']*'/g, '');
	return [...withoutTexts.matchAll(/(?<![\w.-])([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)/g)].flatMap(([, path = '']) => (path.startsWith(`${of}.`) ? [path.slice(of.length + 1)] : []));
}
