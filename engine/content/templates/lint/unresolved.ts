import { isJsonObject, valueAtPath, type JsonObject } from '../../../kernel';
import { PRODUCT_BLOCKS, type AskedFor } from '../../../templates';
import type { TemplateSample } from '../types';
import { found, type Found } from './finding';

const LINKS = new Set(['unsubscribeUrl', 'preferencesUrl', 'confirmUrl', 'chatStart']);
const OWN_ATTRIBUTES = ['id', 'email', 'phone'];
const JOURNEY = new Set(['name', 'enrollment', 'enteredAt']);
const ROOTS = ['profile', 'journey', 'event', 'item', 'links', 'brand', 'products'];

/** What may stand in a scope: attributes that people have, by dotted path; test data; values of the brand. */
export interface Known {
	attributes: readonly string[];
	samples: readonly TemplateSample[];
	brand: JsonObject;
}

/** Variables that nobody will have a value for. What an item brings is not known before it comes. */
export function checkVariables(asked: readonly AskedFor[], field: string, known: Known): Found[] {
	const seen = new Set<string>();
	return asked.flatMap(({ path, line, block }) => {
		const name = path.join('.');
		const reason = whyUnknown(path, known);
		if (reason === null || seen.has(name)) return [];
		seen.add(name);
		const where = `${name}, ${block === null ? '' : `block "${block}", `}line ${line}`;
		return [found(reason.certain ? 'error' : 'warning', 'unknown-variable', { field, where }, reason.message, reason.remedy)];
	});
}

interface Reason {
	/** Whether it is empty for everybody for certain. */
	certain: boolean;
	message: string;
	remedy: string;
}

function whyUnknown(path: readonly string[], known: Known): Reason | null {
	const [root = '', ...rest] = path;
	const name = path.join('.');
	if (root === 'preheader_text') return null;
	if (!ROOTS.includes(root)) {
		const meant = isAttribute(path.join('.'), known) ? `profile.${name}` : `profile.${name}, event.properties.${name} or item.${name}`;
		return { certain: true, message: `{{ ${name} }} is empty for everybody: it begins with none of ${ROOTS.join(', ')}`, remedy: `Write ${meant}` };
	}
	if (rest.length === 0) return null;
	const at = rest.join('.');
	const [first = ''] = rest;
	switch (root) {
		case 'profile':
			return isAttribute(at, known) ? null : { certain: false, message: `Nobody has the attribute "${at}" yet`, remedy: `Check the spelling, capitals included${near(at, known.attributes)}, or give it a default: {{ ${name} | default: '…' }}` };
		case 'links':
			return LINKS.has(first) ? null : { certain: true, message: `There is no link "${first}"`, remedy: `There are ${[...LINKS].join(', ')}` };
		case 'journey':
			return JOURNEY.has(first) ? null : { certain: true, message: `A journey has no "${first}"`, remedy: `It has ${[...JOURNEY].join(', ')}` };
		case 'event':
			return first === 'name' || first === 'properties' ? null : { certain: true, message: `An event has no "${first}" of its own`, remedy: `Write event.properties.${at}` };
		case 'products':
			return PRODUCT_BLOCKS.some((block) => block === first) ? null : { certain: true, message: `There is no list of products "${first}"`, remedy: `There are ${PRODUCT_BLOCKS.join(', ')}` };
		case 'brand':
			return valueAtPath(known.brand, at) !== null ? null : { certain: false, message: `The brand has no "${at}"`, remedy: "Set it with 'Brand: Set', check the spelling, or leave it where there is a default" };
		default:
			return null;
	}
}

function isAttribute(at: string, { attributes, samples }: Known): boolean {
	const [first = ''] = at.split('.');
	if (OWN_ATTRIBUTES.includes(first)) return true;
	// Beyond a list or an object as a whole nobody has noted the names.
	if (attributes.some((attribute) => attribute === at || attribute.startsWith(`${at}.`) || at.startsWith(`${attribute}.`))) return true;
	return samples.some(({ profile }) => valueAtPath(profile, at) !== null || (isJsonObject(profile) && Array.isArray(profile[first])));
}

/** Differs in capitals and separators alone, as first_name and firstName do. */
function near(at: string, attributes: readonly string[]): string {
	const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
	const other = attributes.find((attribute) => plain(attribute) === plain(at));
	return other === undefined ? '' : ` (there is "${other}")`;
}
