import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { CouponPool } from '../../../../engine';
import { nameIn, nameLocator } from '../../../shared/fields';

export function poolField(displayOptions: INodeProperties['displayOptions']): INodeProperties {
	return nameLocator({ displayName: 'Pool', name: 'pool', list: 'searchCouponPools', required: true, displayOptions, placeholder: 'e.g. welcome10', description: 'The coupon pool, as templates name it' });
}

export function poolOf(context: IExecuteFunctions, index: number): string {
	return nameIn(context.getNodeParameter('pool', index, ''));
}

/** Entries of a collection: what holds for the codes of a pool. */
export const poolRules: INodeProperties[] = [
	{ displayName: 'Days a Code Is Good For', name: 'validDays', type: 'number', typeOptions: { minValue: 0 }, default: 0, description: 'Counted from when it was given to the person. 0: as long as the pool.' },
	{ displayName: 'Expires', name: 'expiresAt', type: 'dateTime', default: '', description: 'When the offer is over: from then on no code is given, and messages with it are held. Empty: never.' },
	{ displayName: 'Warn At', name: 'lowAt', type: 'number', typeOptions: { minValue: 0 }, default: 100, description: 'A Journey Alert Trigger starts when no more codes than this are left. 0: no warning.' },
];

export function poolRulesOf(given: IDataObject): Partial<Omit<CouponPool, 'name'>> {
	const { validDays, expiresAt, lowAt } = given;
	return {
		...(validDays === undefined ? {} : { validDays: Number(validDays) === 0 ? null : Number(validDays) }),
		...(expiresAt === undefined ? {} : { expiresAt: String(expiresAt) === '' ? null : String(expiresAt) }),
		...(lowAt === undefined ? {} : { lowAt: Number(lowAt) }),
	};
}
