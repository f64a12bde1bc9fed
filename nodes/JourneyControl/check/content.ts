import type { CheckedNode } from './graph';

/** Attributes that Liquid writes into a mail of each person, without a default and without asking first whether they are there. */
export function bareAttributes({ parameters }: CheckedNode): string[] {
	const source = typeof parameters.contentSource === 'string' ? parameters.contentSource : 'mjml';
	if (source === 'expression') return [];
	const texts = ['subject', 'preheader', source].map((name) => parameters[name]).filter((text): text is string => typeof text === 'string');
	const whole = texts.join('\n').replace(/\{%-?\s*comment\s*-?%\}[\s\S]*?\{%-?\s*endcomment\s*-?%\}/g, '');
	const asked = new Set([...whole.matchAll(/\{%-?\s*(?:if|elsif|unless|case)\b([\s\S]*?)-?%\}/g)].flatMap(([, condition = '']) => pathsIn(condition)));
	const shown = [...whole.matchAll(/\{\{-?([\s\S]*?)-?\}\}/g)].flatMap(([, output = '']) => (/\|\s*default\s*:/.test(output) ? [] : pathsIn(output)));
	return [...new Set(shown)].filter((path) => !asked.has(path) && !ALWAYS.has(path));
}

/** Put there by the engine, whatever the person has. */
const ALWAYS = new Set(['id', 'email']);

function pathsIn(liquid: string): string[] {
	const withoutTexts = liquid.replace(/"[^"]*"|'[^']*'/g, '');
	return [...withoutTexts.matchAll(/\bprofile\.([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)/g)].map(([, path = '']) => path);
}
