import type { INodeProperties } from 'n8n-workflow';

import * as deleteFeed from './deleteFeed.operation';
import * as get from './get.operation';
import * as getFeeds from './getFeeds.operation';
import * as getMany from './getMany.operation';
import * as importFeed from './importFeed.operation';
import * as recommend from './recommend.operation';

export const operations = { deleteFeed: deleteFeed.execute, get: get.execute, getFeeds: getFeeds.execute, getMany: getMany.execute, importFeed: importFeed.execute, recommend: recommend.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['product'] } },
		options: [
			{ name: 'Delete Feed', value: 'deleteFeed', description: 'Delete a feed with its products', action: 'Delete a product feed' },
			{ name: 'Get', value: 'get', description: 'A product by its ID', action: 'Get a product' },
			{ name: 'Get Feeds', value: 'getFeeds', description: 'Feeds with their language, currency and when they were imported', action: 'Get product feeds' },
			{ name: 'Get Many', value: 'getMany', description: 'Products of a feed', action: 'Get many products' },
			{ name: 'Import Feed', value: 'importFeed', description: 'Replace the products of a feed by those of a file: CSV, JSON or Google Merchant XML', action: 'Import a product feed' },
			{ name: 'Recommend', value: 'recommend', description: 'Products for a person, as messages show them', action: 'Recommend products' },
		],
		default: 'importFeed',
	},
	...deleteFeed.description,
	...get.description,
	...getFeeds.description,
	...getMany.description,
	...importFeed.description,
	...recommend.description,
];
