import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { listSearch } from '../shared/fields';
import * as event from './actions/event/Event.resource';
import * as profile from './actions/profile/Profile.resource';
import { router } from './actions/router';
import * as segment from './actions/segment/Segment.resource';
import { databaseTest } from './databaseTest';

export class ProfileEngine implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Profile Engine',
		name: 'profileEngine',
		icon: { light: 'file:../../icons/profileEngine.svg', dark: 'file:../../icons/profileEngine.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Keep the people of your journeys: profiles, what they did, and segments of them',
		defaults: { name: 'Profile Engine' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'journeysDatabaseApi', required: false, testedBy: 'journeysDatabaseTest' }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Event', value: 'event', description: 'What people did' },
					{ name: 'Profile', value: 'profile', description: 'A person with attributes and identities' },
					{ name: 'Segment', value: 'segment', description: 'The people for whom a rule holds, always up to date' },
				],
				default: 'profile',
			},
			...event.description,
			...profile.description,
			...segment.description,
		],
	};

	methods = { credentialTest: { journeysDatabaseTest: databaseTest }, listSearch };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
