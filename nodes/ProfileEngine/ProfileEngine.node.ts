import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { agentFields } from '../shared/agent';
import { listSearch, loadOptions } from '../shared/fields';
import { actionSubtitle } from '../shared/subtitle';
import * as consent from './actions/consent/Consent.resource';
import * as auditLog from './actions/auditLog/AuditLog.resource';
import * as event from './actions/event/Event.resource';
import * as group from './actions/group/Group.resource';
import * as list from './actions/list/List.resource';
import * as profile from './actions/profile/Profile.resource';
import { router } from './actions/router';
import * as scoreModel from './actions/scoreModel/ScoreModel.resource';
import * as segment from './actions/segment/Segment.resource';
import * as stage from './actions/stage/Stage.resource';
import * as suppression from './actions/suppression/Suppression.resource';
import * as settings from './actions/settings/Settings.resource';
import { databaseTest } from './databaseTest';
import { GUARDED } from './guarded';
import { inForceFields } from './inForce';

const operations: INodeProperties[] = [
	...auditLog.description,
	...consent.description,
	...event.description,
	...group.description,
	...list.description,
	...profile.description,
	...scoreModel.description,
	...segment.description,
	...stage.description,
	...settings.description,
	...suppression.description,
];

export class ProfileEngine implements INodeType {
	// eslint-disable-next-line n8n-nodes-base/node-class-description-missing-subtitle -- it has one, put together from its operations.
	description: INodeTypeDescription = {
		displayName: 'Profile Engine',
		name: 'profileEngine',
		icon: { light: 'file:../../icons/profileEngine.svg', dark: 'file:../../icons/profileEngine.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: actionSubtitle(operations),
		description: 'Keep the people of your journeys: profiles, what they did, segments, scores and consent',
		defaults: { name: 'Profile Engine' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		// databaseCredential with its test, written out: n8n's lint reads it here.
		credentials: [{ name: 'journeysDatabaseApi', required: false, displayName: 'Journeys Database (Optional)', testedBy: 'journeysDatabaseTest' }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Audit Log', value: 'auditLog', description: 'What was done with people\'s data' },
					{ name: 'Consent', value: 'consent', description: 'What people agreed to, by channel and topic, with its proof' },
					{ name: 'Event', value: 'event', description: 'What people did' },
					{ name: 'Group', value: 'group', description: 'An account, such as a company, that people belong to' },
					{ name: 'List', value: 'list', description: 'People put together by hand or by a workflow' },
					{ name: 'Profile', value: 'profile', description: 'A person with attributes and identities' },
					{ name: 'Score Model', value: 'scoreModel', description: 'Points for who people are and what they do' },
					{ name: 'Segment', value: 'segment', description: 'The people for whom a rule holds, always up to date' },
					{ name: 'Setting', value: 'settings', description: 'What holds for all journeys: caps, quiet hours, topics, senders, retention' },
					{ name: 'Stage', value: 'stage', description: 'How far a person has come, from subscriber to evangelist' },
					{ name: 'Suppression', value: 'suppression', description: 'Addresses that are never written to' },
				],
				default: 'profile',
			},
			...operations,
			...inForceFields,
			...agentFields(GUARDED),
		],
	};

	methods = { credentialTest: { journeysDatabaseTest: databaseTest }, listSearch, loadOptions };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
