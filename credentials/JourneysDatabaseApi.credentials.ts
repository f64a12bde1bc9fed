import type { ICredentialType, INodeProperties } from 'n8n-workflow';

const FIELDS = { show: { connectBy: ['fields'] } };

/**
 * The PostgreSQL database that profiles and journeys live in. Without it (and without the environment variable
 * JOURNEYS_DATABASE_URL) the engine keeps an embedded file in n8n's user folder.
 */
export class JourneysDatabaseApi implements ICredentialType {
	name = 'journeysDatabaseApi';

	displayName = 'Journeys Database API';

	icon = {
		light: 'file:../icons/journeysDatabase.svg',
		dark: 'file:../icons/journeysDatabase.dark.svg',
	} as const;

	documentationUrl = 'https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS';

	properties: INodeProperties[] = [
		{
			displayName:
				'Every journey node of this n8n must use the same database. Set it here for each node, or once for all of them in the environment variable JOURNEYS_DATABASE_URL.',
			name: 'notice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Connect By',
			name: 'connectBy',
			type: 'options',
			options: [
				{ name: 'Connection URL', value: 'url', description: 'One address that holds everything' },
				{ name: 'Separate Fields', value: 'fields', description: 'Host, database, user and password one by one' },
			],
			default: 'url',
			description: 'How the address of the PostgreSQL server is given',
		},
		// eslint-disable-next-line @n8n/community-nodes/credential-unnecessary-password -- the URL holds the password
		{
			displayName: 'Connection URL',
			name: 'connectionUrl',
			type: 'string',
			typeOptions: { password: true },
			displayOptions: { show: { connectBy: ['url'] } },
			default: '',
			placeholder: 'e.g. postgres://journeys:password@db.example.com:5432/journeys?sslmode=require',
			description: 'Address of the database with user and password. The schema is made on first use.',
		},
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			displayOptions: FIELDS,
			default: 'localhost',
			placeholder: 'e.g. db.example.com',
			description: 'Name or address of the PostgreSQL server',
		},
		{
			displayName: 'Port',
			name: 'port',
			type: 'number',
			displayOptions: FIELDS,
			default: 5432,
			description: 'Port of the PostgreSQL server',
		},
		{
			displayName: 'Database',
			name: 'database',
			type: 'string',
			displayOptions: FIELDS,
			default: 'journeys',
			placeholder: 'e.g. journeys',
			description: 'Name of an existing database; the engine makes its tables in it',
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			displayOptions: FIELDS,
			default: '',
			placeholder: 'e.g. journeys',
			description: 'Database user, who must be allowed to create tables',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			displayOptions: FIELDS,
			default: '',
			description: 'Password of the database user',
		},
		{
			displayName: 'SSL',
			name: 'ssl',
			type: 'options',
			displayOptions: FIELDS,
			options: [
				{ name: 'Off', value: 'disable', description: 'No encryption, for a server on the same machine or private network' },
				{ name: 'On', value: 'verify-full', description: 'Encrypted, and the certificate of the server is checked' },
				{ name: 'On, Any Certificate', value: 'no-verify', description: 'Encrypted, but a self-signed certificate is accepted' },
			],
			default: 'disable',
			description: 'Whether the connection is encrypted',
		},
	];
}
