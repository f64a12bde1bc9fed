import type { INodeProperties } from 'n8n-workflow';

import * as catalog from './catalog.operation';
import * as exportFile from './export.operation';
import * as getMany from './getMany.operation';
import * as importFile from './import.operation';
import * as track from './track.operation';
import * as trackReply from './trackReply.operation';

export const operations = { catalog: catalog.execute, export: exportFile.execute, getMany: getMany.execute, import: importFile.execute, track: track.execute, trackReply: trackReply.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['event'] } },
		options: [
			{
				name: 'Export',
				value: 'export',
				description: 'Write events to a CSV or NDJSON file of any size',
				action: 'Export events',
			},
			{
				name: 'Get Catalogue',
				value: 'catalog',
				description: 'Which events have been seen, how often, and with which properties',
				action: 'Get the catalogue of events',
			},
			{
				name: 'Get Many',
				value: 'getMany',
				description: 'Stored events of one person or of everybody',
				action: 'Get many events',
			},
			{
				name: 'Import',
				value: 'import',
				description: 'Store events or orders from a CSV or NDJSON file of any size',
				action: 'Import events from a file',
			},
			{
				name: 'Track',
				value: 'track',
				description: 'Record that somebody did something',
				action: 'Track an event',
			},
			{
				name: 'Track Mail Reply',
				value: 'trackReply',
				description: 'Record answers, bounces and complaints that a mailbox got',
				action: 'Track a mail reply',
			},
		],
		default: 'track',
	},
	...catalog.description,
	...exportFile.description,
	...getMany.description,
	...importFile.description,
	...track.description,
	...trackReply.description,
];
