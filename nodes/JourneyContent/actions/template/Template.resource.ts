import type { INodeProperties } from 'n8n-workflow';

import * as check from './check.operation';
import * as compare from './compare.operation';
import * as remove from './delete.operation';
import * as fromStarter from './createFromStarter.operation';
import * as get from './get.operation';
import * as getMany from './getMany.operation';
import * as preview from './preview.operation';
import * as publish from './publish.operation';
import * as save from './save.operation';
import * as sendTest from './sendTest.operation';
import * as testData from './testData.operation';
import * as unpublish from './unpublish.operation';
import * as versions from './versions.operation';

export const operations = {
	check: check.execute, compare: compare.execute, createFromStarter: fromStarter.execute, delete: remove.execute, get: get.execute, getMany: getMany.execute, preview: preview.execute, publish: publish.execute,
	save: save.execute, sendTest: sendTest.execute, testData: testData.execute, unpublish: unpublish.execute, versions: versions.execute,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['template'] } },
		options: [
			{ name: 'Check', value: 'check', description: 'What is wrong with a template, or will look wrong somewhere, and what to do', action: 'Check a template' },
			{ name: 'Compare Versions', value: 'compare', description: 'What differs between two versions, or a version and the draft', action: 'Compare versions of a template' },
			{ name: 'Create From Starter', value: 'createFromStarter', description: 'A mail to begin with: welcome, abandoned cart, birthday and others', action: 'Create a template from a starter' },
			{ name: 'Create or Update', value: 'save', description: 'Create a new record, or update the current one if it already exists (upsert)', action: 'Create or update a template' },
			{ name: 'Delete', value: 'delete', description: 'Remove a template that no published step sends, or one of its languages', action: 'Delete a template' },
			{ name: 'Get', value: 'get', description: 'A template with its draft in all languages', action: 'Get a template' },
			{ name: 'Get Many', value: 'getMany', description: 'Templates with their state and languages', action: 'Get many templates' },
			{ name: 'Get Versions', value: 'versions', description: 'Who published what and when, newest first', action: 'Get versions of a template' },
			{ name: 'Preview', value: 'preview', description: 'The message as somebody sees it, with pictures of a mail', action: 'Preview a template' },
			{ name: 'Publish', value: 'publish', description: 'Let senders take the draft from now on, or an older version again', action: 'Publish a template' },
			{ name: 'Save Test Data', value: 'testData', description: 'Made-up people and items for previews and checks', action: 'Save test data of a template' },
			{ name: 'Send Test', value: 'sendTest', description: 'The message to a test person or an address on the list, marked as a test and counted nowhere', action: 'Send a test of a template' },
			{ name: 'Unpublish', value: 'unpublish', description: 'Let nobody send it: people wait at the steps that would', action: 'Unpublish a template' },
		],
		default: 'save',
	},
	...check.description,
	...compare.description,
	...fromStarter.description,
	...remove.description,
	...get.description,
	...getMany.description,
	...preview.description,
	...publish.description,
	...save.description,
	...sendTest.description,
	...testData.description,
	...unpublish.description,
	...versions.description,
];
