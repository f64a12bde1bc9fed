import type { INodeTypeDescription } from 'n8n-workflow';

/** Every journey node offers the same optional database; without it the environment or the embedded file decides. */
export const databaseCredential: NonNullable<INodeTypeDescription['credentials']> = [{ name: 'journeysDatabaseApi', required: false }];
