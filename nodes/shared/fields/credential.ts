import type { INodeTypeDescription } from 'n8n-workflow';

/** Every journey node offers the same optional database; without it the environment or the embedded file decides. */
export const databaseCredential: NonNullable<INodeTypeDescription['credentials']> = [
	// n8n's own label is 'Credential', which reads as something that must be filled in.
	{ name: 'journeysDatabaseApi', required: false, displayName: 'Journeys Database (Optional)' },
];
