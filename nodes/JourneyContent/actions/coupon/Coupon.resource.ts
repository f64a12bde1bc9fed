import type { INodeProperties } from 'n8n-workflow';

import * as assign from './assign.operation';
import * as createPool from './createPool.operation';
import * as deletePool from './deletePool.operation';
import * as generate from './generate.operation';
import * as getCodes from './getCodes.operation';
import * as getMany from './getMany.operation';
import * as importCodes from './import.operation';
import * as updatePool from './updatePool.operation';

export const operations = {
	assign: assign.execute, createPool: createPool.execute, deletePool: deletePool.execute, generate: generate.execute, getCodes: getCodes.execute, getMany: getMany.execute, import: importCodes.execute, updatePool: updatePool.execute,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['coupon'] } },
		options: [
			{ name: 'Assign', value: 'assign', description: 'Give a person a code outside of a message; who has one gets the same', action: 'Assign a coupon' },
			{ name: 'Create Pool', value: 'createPool', description: 'Make a pool of codes that templates can name', action: 'Create a coupon pool' },
			{ name: 'Delete Pool', value: 'deletePool', description: 'Delete a pool with its codes', action: 'Delete a coupon pool' },
			{ name: 'Generate Codes', value: 'generate', description: 'Make codes that nobody can guess', action: 'Generate coupon codes' },
			{ name: 'Get Codes', value: 'getCodes', description: 'Codes of a pool, with who has them', action: 'Get coupon codes' },
			{ name: 'Get Many', value: 'getMany', description: 'Pools with how many codes are left, given and redeemed', action: 'Get many coupon pools' },
			{ name: 'Import Codes', value: 'import', description: 'Add codes of the shop from a file or from items', action: 'Import coupon codes' },
			{ name: 'Update Pool', value: 'updatePool', description: 'Change when a pool ends, how long codes are good for, and when to warn', action: 'Update a coupon pool' },
		],
		default: 'getMany',
	},
	...assign.description,
	...createPool.description,
	...deletePool.description,
	...generate.description,
	...getCodes.description,
	...getMany.description,
	...importCodes.description,
	...updatePool.description,
];
