import type { INodeProperties } from 'n8n-workflow';

import type { listSearch } from './lists';

/** Where the names in a dropdown come from: the methods of lists.ts, and those that a node has for itself. */
export type ListMethod = Exclude<keyof typeof listSearch, 'previewRule'> | 'searchWhatsAppTemplates' | 'searchWhatsAppLanguages';

export interface LocatorTexts {
	displayName: string;
	name: string;
	description: string;
	placeholder: string;
	list: ListMethod;
	required?: boolean;
	hint?: string;
	displayOptions?: INodeProperties['displayOptions'];
	/** Shown before anything is chosen. */
	default?: string;
	/** What is typed instead of chosen. Default 'name'. */
	by?: keyof typeof TYPED;
	/** What is typed as a rule, and only sometimes chosen: what that is called. It comes first then. */
	typed?: string;
}

const TYPED = { name: 'By Name', id: 'By ID' } as const;

/**
 * A name that is chosen from what the engine has seen, or typed when it has not been seen yet: on a new installation
 * no event has come in, and the journey is drawn first.
 */
export function nameLocator({ list, placeholder, default: initial = '', by = 'name', typed, ...texts }: LocatorTexts): INodeProperties {
	const field: INodeProperties = {
		...texts,
		type: 'resourceLocator',
		default: { mode: initial === '' && typed === undefined ? 'list' : by, value: initial },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Choose...',
				// Else the editor asks for a credential instead of the list: it does not see that the database's is optional.
				typeOptions: { searchListMethod: list, searchable: true, skipCredentialsCheckInRLC: true },
			},
			{ displayName: typed ?? TYPED[by], name: by, type: 'string', placeholder },
		],
	};
	if (typed !== undefined) field.modes?.reverse();
	return field;
}

/** What stands in a locator; anything else as it is. */
export function insideLocator(value: unknown): unknown {
	return typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
}

/** The name in a locator's value, also when it is plain text (an expression, a hand-written workflow). */
export function nameIn(value: unknown): string {
	const inner = insideLocator(value);
	return typeof inner === 'string' || typeof inner === 'number' ? String(inner).trim() : '';
}
