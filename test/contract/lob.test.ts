import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import Ajv from 'ajv';

import { createDirectMailProvider, type OutgoingMailpiece } from '../../engine/channels';
import { httpService, type ServiceCall } from '../engine/channels/http-service';

type Schema = Record<string, unknown>;

/** The schemas of Lob's description, as Ajv's draft has them: OpenAPI 3.0 writes null apart, and an allOf of theirs closes nothing. */
function validatorOf(name: string): (body: unknown) => string[] {
	// eslint-disable-next-line @typescript-eslint/no-require-imports -- Prism's own, which is installed beside this folder
	const { load } = require(join(__dirname, 'prism', 'node_modules', 'js-yaml')) as { load(text: string): { components: { schemas: Schema } } };
	const description = load(readFileSync(join(process.env.JOURNEYS_OPENAPI ?? '', 'lob.api.yaml'), 'utf8'));
	const ajv = new Ajv({ nullable: true, unknownFormats: 'ignore', logger: false });
	ajv.addSchema({ $id: 'lob', components: { schemas: description.components.schemas } });
	const validate = ajv.compile({ $ref: `lob#/components/schemas/${name}` });
	return (body) => (validate(body) ? [] : (validate.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message}`));
}

const HARRY = { name: 'Harry Zhang', company: 'Lob', line1: '210 King St', line2: '# 6100', city: 'San Francisco', state: 'CA', postalCode: '94107-1741', country: 'US' };
const base = { id: 'bXNnLWlkLTEyMzQ1Njc4OQ', to: HARRY, address: '210 KING ST 6100 SAN FRANCISCO CA 94107 US', mailType: 'usps_first_class', useType: 'marketing', mergeVariables: { name: 'Harry' } } as const;
const html = { kind: 'html' as const, html: '<p>Hello</p>' };

const PIECES: ReadonlyArray<[name: string, schema: string, piece: OutgoingMailpiece]> = [
	['a postcard within the US without a sender', 'postcard_editable', { ...base, from: null, piece: { kind: 'postcard', size: '6x11', front: html, back: { kind: 'template', id: 'tmpl_a1234dddg' } } }],
	['a postcard to Germany', 'postcard_editable', { ...base, to: { ...HARRY, state: '', postalCode: '10117', city: 'Berlin', country: 'DE' }, from: { id: 'adr_210a8d4b0b76d77b' }, piece: { kind: 'postcard', size: '4x6', front: { kind: 'url', url: 'https://cdn.example.com/card.pdf' }, back: html } }],
	['a letter', 'letter_editable', { ...base, from: HARRY, mergeVariables: {}, piece: { kind: 'letter', size: 'us_legal', file: html, color: true, doubleSided: false, addressPlacement: 'insert_blank_page', extraService: 'certified_return_receipt' } }],
];

describe('the bodies of Lob, by the schemas of its published description', () => {
	async function bodyOf(piece: OutgoingMailpiece): Promise<Record<string, unknown>> {
		const service = await httpService({ status: 200, json: { id: 'psc_1' } });
		const provider = createDirectMailProvider({ kind: 'lob', apiKey: 'test_key', baseUrl: service.url });
		await provider.send(piece);
		await provider.close();
		await service.close();
		const [call] = service.calls as [ServiceCall];
		return call.json as Record<string, unknown>;
	}

	it.each(PIECES)('%s is as they say, and would not be without whom it is for, nor without what it is for', async (_name, schema, piece) => {
		const [body, refused] = [await bodyOf(piece), validatorOf(schema)];
		const { to, use_type: use, ...rest } = body;

		expect(refused(body)).toEqual([]);
		expect(refused({ ...rest, use_type: use })).not.toEqual([]);
		expect(refused({ ...rest, to })).not.toEqual([]);
		expect(refused({ ...body, to: { ...(to as object), address_line1: undefined } })).not.toEqual([]);
	});
});
