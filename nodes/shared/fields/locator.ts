import type { INodeProperties } from 'n8n-workflow';

/** Where the names in a dropdown come from: the methods of lists.ts. */
export type ListMethod = 'searchEvents' | 'searchEventProperties' | 'searchAttributes' | 'searchSegments' | 'searchLists' | 'searchGroups' | 'searchValues' | 'searchScoreModels' | 'searchStages' | 'searchEmailSenders' | 'searchLevels' | 'searchTopics' | 'searchMessageSteps' | 'searchAllMessageSteps' | 'searchWorkflows';

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
	typed?: keyof typeof TYPED;
}

const TYPED = { name: 'By Name', id: 'By ID' } as const;

/**
 * A name that is chosen from what the engine has seen, or typed when it has not been seen yet: on a new installation
 * no event has come in, and the journey is drawn first.
 */
export function nameLocator({ list, placeholder, default: initial = '', typed = 'name', ...texts }: LocatorTexts): INodeProperties {
	return {
		...texts,
		type: 'resourceLocator',
		default: { mode: initial === '' ? 'list' : typed, value: initial },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Choose...',
				// Else the editor asks for a credential instead of the list: it does not see that the database's is optional.
				typeOptions: { searchListMethod: list, searchable: true, skipCredentialsCheckInRLC: true },
			},
			{ displayName: TYPED[typed], name: typed, type: 'string', placeholder },
		],
	};
}

/** The name in a locator's value, also when it is plain text (an expression, a hand-written workflow). */
export function nameIn(value: unknown): string {
	const inner = typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
	return typeof inner === 'string' || typeof inner === 'number' ? String(inner).trim() : '';
}
