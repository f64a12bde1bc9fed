import type { IDataObject } from 'n8n-workflow';

import type { HttpSmsConfig } from '../../../engine';
import type { Fields, SmsProviderChoice } from './choice';

export const http: SmsProviderChoice = {
	value: 'http',
	name: 'HTTP',
	description: 'Any other service with an HTTP API, by method, address, headers and body',
	credential: 'journeyHttpSmsApi',
	configOf: (fields) => ({
		kind: 'http',
		service: fields.text('service'),
		method: (fields.text('method') || 'POST') as HttpSmsConfig['method'],
		url: fields.required('url', 'URL'),
		headers: headersOf(fields),
		bodyType: (fields.text('bodyType') || 'json') as HttpSmsConfig['bodyType'],
		body: String(fields.value('body') ?? ''),
		...fields.optional('secret'),
		acceptedStatus: fields.text('acceptedStatus') || '200-299',
		acceptedText: fields.text('acceptedText'),
		idPath: fields.text('idPath'),
		testUrl: fields.text('testUrl'),
		...fields.optionalAs('callbackSecret', 'callbackKey'),
	}),
};

function headersOf(fields: Fields): Record<string, string> {
	const { values } = (fields.value('headers') ?? {}) as { values?: IDataObject[] };
	return Object.fromEntries((values ?? []).filter(({ name }) => String(name ?? '').trim() !== '').map(({ name, value }) => [String(name).trim(), String(value ?? '')]));
}
