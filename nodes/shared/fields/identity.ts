import type { INodeProperties } from 'n8n-workflow';

import type { Identity } from '../../../engine';
import { EngineError } from '../../../engine';

/** Kind and value of an identity, for items of no journey and for manual runs. */
export function identityFields(texts: { kindDescription: string; valueDescription: string; displayOptions?: INodeProperties['displayOptions'] }): INodeProperties[] {
	const shown = texts.displayOptions ? { displayOptions: texts.displayOptions } : {};
	return [
		{
			displayName: 'Identity Kind',
			name: 'identityKind',
			type: 'string',
			default: 'email',
			placeholder: 'e.g. email',
			description: texts.kindDescription,
			...shown,
		},
		{
			displayName: 'Identity Value',
			name: 'identityValue',
			type: 'string',
			default: '',
			placeholder: 'e.g. ada@example.com',
			description: texts.valueDescription,
			...shown,
		},
	];
}

/** null when no value was given. Throws BAD_INPUT for a value without a kind. */
export function readIdentity(kind: unknown, value: unknown): Identity | null {
	const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	if (text === '') return null;
	const name = typeof kind === 'string' ? kind.trim() : '';
	if (name === '') throw new EngineError('BAD_INPUT', 'Identity Kind is empty. Enter what the value is, for example email.');
	return { kind: name, value: text };
}
