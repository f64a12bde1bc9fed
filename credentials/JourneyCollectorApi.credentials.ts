import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The write keys by which sites and apps send events to Journey Collector Trigger. */
export class JourneyCollectorApi implements ICredentialType {
	name = 'journeyCollectorApi';

	displayName = 'Journey Collector API';

	icon = {
		light: 'file:../icons/journeyCollector.svg',
		dark: 'file:../icons/journeyCollector.dark.svg',
	} as const;

	documentationUrl = 'https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/';

	properties: INodeProperties[] = [
		{
			displayName:
				'A write key only lets its holder send events, so it may stand in a page or an app. Give each source its own key: then one can be withdrawn without the others.',
			name: 'notice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Write Keys',
			name: 'writeKeys',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Write Key',
			default: { keys: [{ source: 'website', writeKey: '' }] },
			description: 'The keys that are accepted, each with the name of the site, app or service that uses it',
			options: [
				{
					displayName: 'Write Key',
					name: 'keys',
					values: [
						{
							displayName: 'Source',
							name: 'source',
							type: 'string',
							default: '',
							placeholder: 'e.g. website',
							description: 'Name under which the events of this key are kept. Message IDs are unique within a source.',
						},
						{
							displayName: 'Write Key',
							name: 'writeKey',
							type: 'string',
							typeOptions: { password: true },
							default: '',
							placeholder: 'e.g. wk_9f2c47d1a0',
							description:
								'Any text of 8 characters or more. Senders pass it as Segment does: as the user name of HTTP Basic authentication, or as writeKey in the body.',
						},
					],
				},
			],
		},
		{
			displayName: 'User Token Secret',
			name: 'userSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'Random text of 16 characters or more that the server of your site has, too. Its server signs the IDs of users who are signed in with it (HMAC-SHA256, hexadecimal), so that nobody else can read their on-site messages, or have their notifications sent to a phone or browser of their own. Empty: messages are shown to visitors who are not known, and those made for any browser; notifications go to whichever devices say that they are the person\'s. Once it is set, devices of people who are known need the proof.',
		},
	];
}
