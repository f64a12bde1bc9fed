import type { INodeProperties } from 'n8n-workflow';

import * as attributeType from './attributeType.operation';
import * as erase from './erase.operation';
import * as exportFile from './export.operation';
import * as exportPerson from './exportPerson.operation';
import * as get from './get.operation';
import * as importFile from './import.operation';
import * as importProgress from './importProgress.operation';
import * as merge from './merge.operation';
import * as undoImport from './undoImport.operation';
import * as unmerge from './unmerge.operation';
import * as upsert from './upsert.operation';

export const operations = {
	erase: erase.execute,
	export: exportFile.execute,
	exportPerson: exportPerson.execute,
	get: get.execute,
	import: importFile.execute,
	importProgress: importProgress.execute,
	merge: merge.execute,
	undoImport: undoImport.execute,
	attributeType: attributeType.execute,
	unmerge: unmerge.execute,
	upsert: upsert.execute,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['profile'] } },
		options: [
			{
				name: 'Create or Update',
				value: 'upsert',
				description: 'Create a new record, or update the current one if it already exists (upsert)',
				action: 'Create or update a profile',
			},
			{
				name: 'Erase',
				value: 'erase',
				description: 'Forget a person everywhere, in running journeys too; cannot be undone',
				action: 'Erase a person for good',
			},
			{
				name: 'Export',
				value: 'export',
				description: 'Write profiles to a CSV or NDJSON file of any size',
				action: 'Export profiles',
			},
			{
				name: 'Export Person',
				value: 'exportPerson',
				description: 'Everything held on one person, as JSON',
				action: 'Export a person',
			},
			{
				name: 'Get',
				value: 'get',
				description: 'Get a profile: who they are and where they stand, or everything known of them',
				action: 'Get a profile',
			},
			{
				name: 'Get Import Progress',
				value: 'importProgress',
				description: 'How far an import is, or the latest imports',
				action: 'Get the progress of an import',
			},
			{
				name: 'Import',
				value: 'import',
				description: 'Create or update profiles from a CSV or NDJSON file of any size',
				action: 'Import profiles from a file',
			},
			{
				name: 'Merge',
				value: 'merge',
				description: 'Make one person of two profiles',
				action: 'Merge two profiles',
			},
			{
				name: 'Set Attribute Type',
				value: 'attributeType',
				description: 'Declare which type the values of an attribute have',
				action: 'Set the type of an attribute',
			},
			{
				name: 'Undo Import',
				value: 'undoImport',
				description: 'Take an import back, except for what has changed since',
				action: 'Undo an import',
			},
			{
				name: 'Unmerge',
				value: 'unmerge',
				description: 'Take the last merge of a profile back',
				action: 'Unmerge a profile',
			},
		],
		default: 'upsert',
	},
	...attributeType.description,
	...erase.description,
	...exportFile.description,
	...exportPerson.description,
	...get.description,
	...importFile.description,
	...importProgress.description,
	...merge.description,
	...undoImport.description,
	...unmerge.description,
	...upsert.description,
];
