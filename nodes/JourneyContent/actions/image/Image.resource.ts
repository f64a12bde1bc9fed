import type { INodeProperties } from 'n8n-workflow';

import * as remove from './delete.operation';
import * as get from './get.operation';
import * as getMany from './getMany.operation';
import * as update from './update.operation';
import * as upload from './upload.operation';

export const operations = { delete: remove.execute, get: get.execute, getMany: getMany.execute, update: update.execute, upload: upload.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['image'] } },
		options: [
			{ name: 'Delete', value: 'delete', description: 'Take an image out of the library', action: 'Delete an image' },
			{ name: 'Get', value: 'get', description: 'An image with its address, sizes and text', action: 'Get an image' },
			{ name: 'Get Many', value: 'getMany', description: 'Images of the library', action: 'Get many images' },
			{ name: 'Update', value: 'update', description: 'Change the name or the text', action: 'Update an image' },
			{ name: 'Upload', value: 'upload', description: 'Store a JPEG, PNG, GIF or WebP in the sizes that mails need, without its metadata', action: 'Upload an image' },
		],
		default: 'upload',
	},
	...remove.description,
	...get.description,
	...getMany.description,
	...update.description,
	...upload.description,
];
