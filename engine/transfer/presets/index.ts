import { EngineError } from '../../kernel';
import type { ImportPreset } from '../types';
import { klaviyo, klaviyoSuppressions } from './klaviyo';
import { mailchimp } from './mailchimp';
import { mautic } from './mautic';
import type { Preset } from './preset';
import { shopifyCustomers } from './shopify-customers';
import { shopifyOrders } from './shopify-orders';
import { woocommerceCustomers } from './woocommerce-customers';
import { woocommerceOrders } from './woocommerce-orders';

export type { Preset } from './preset';

const PRESETS: Readonly<Record<ImportPreset, Preset>> = {
	'shopify-customers': shopifyCustomers, 'shopify-orders': shopifyOrders, 'woocommerce-customers': woocommerceCustomers, 'woocommerce-orders': woocommerceOrders,
	mailchimp, klaviyo, 'klaviyo-suppressions': klaviyoSuppressions, mautic,
};

/** Throws BAD_INPUT for a preset that does not exist. */
export function presetOf(name: ImportPreset): Preset {
	if (!Object.hasOwn(PRESETS, name)) throw new EngineError('BAD_INPUT', `There is no import preset "${String(name).slice(0, 40)}". Use one of ${Object.keys(PRESETS).join(', ')}.`);
	return PRESETS[name];
}
