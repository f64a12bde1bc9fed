import { NodeHelpers, NodeOperationError } from 'n8n-workflow';
import type { IHookFunctions, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { getEngine } from '../shared/engine';
import { toNodeError } from '../shared/errors';
import { callbackSecretsOf, chosenProviders } from './callbackSecrets';
import { emitEvents, emitOptionsOf } from './emitEvents';
import { userSecretOf, writeKeysOf } from './writeKeys';

/**
 * Tells the engine where the collector is reached, and brings up its own listener.
 *
 * n8n calls trigger() on publish and again at every start; it calls the webhooks' create only on publish
 * (their rows outlive the process), so a listener made there would be gone after a restart.
 */
export async function activate(this: ITriggerFunctions): Promise<ITriggerResponse> {
	// In the editor only n8n's test address listens: the production routes stay with the published workflow.
	if (this.getMode() === 'manual') return { manualTriggerFunction: async () => {} };

	const port = portOf(this);
	const emitted = emitOptionsOf(this);
	const credential = await this.getCredentials('journeyCollectorApi');
	const config = {
		writeKeys: writeKeysOf(credential, this.getNode()),
		userSecret: userSecretOf(credential),
		publicUrl: publicUrlOf(this),
		port: port === 0 ? null : port,
		host: (this.getNodeParameter('host', '0.0.0.0') as string) || '0.0.0.0',
		trustedProxies: Number(this.getNodeParameter('trustedProxies', 0)),
		workflow: String(this.getWorkflow().id),
		emits: emitted === null ? null : { names: emitted.names },
		callbacks: await callbackSecretsOf(this, chosenProviders(this)),
	};
	const engine = await getEngine(this);
	try {
		await engine.collector.configure(config);
	} catch (error) {
		throw toNodeError(this.getNode(), error);
	}
	// Not closed by closeFunction: n8n calls that on every SIGTERM too, and a route forgotten there
	// would make the other processes refuse marketing mails. Unpublishing takes it away (deactivate).
	return emitted === null ? {} : { closeFunction: emitEvents(this, engine, config.workflow, emitted) };
}

/** Unpublished or changed for good. The test webhook of the editor ends here too, on a workflow that is not active. */
export async function deactivate(context: IHookFunctions): Promise<boolean> {
	const workflow = context.getWorkflow();
	if (!workflow.active) return true;
	const engine = await getEngine(context);
	try {
		await engine.collector.remove(String(workflow.id));
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
	return true;
}

/** 0 means none. */
function portOf(context: ITriggerFunctions): number {
	const port = Number(context.getNodeParameter('port', 0));
	if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
	throw new NodeOperationError(context.getNode(), 'The port of the own listener is not a whole number between 0 and 65535', {
		description: "Change 'Own Listener Port', for example to 5680, or to 0 for no listener.",
	});
}

function publicUrlOf(context: ITriggerFunctions): string {
	const given = (context.getNodeParameter('publicUrl', '') as string).trim().replace(/\/+$/, '');
	if (given === '') return webhookUrlOf(context);
	if (!URL.canParse(given) || !/^https?:\/\//.test(given)) {
		throw new NodeOperationError(context.getNode(), 'The public address is not a web address', {
			description: 'Give it with its protocol, for example https://events.example.com, or leave it empty.',
		});
	}
	return given;
}

/** n8n tells hooks and webhooks their address, but not triggers: put together as n8n does, from its own settings. */
function webhookUrlOf(context: ITriggerFunctions): string {
	const instance = process.env.N8N_WEBHOOK_URL ?? process.env.WEBHOOK_URL ?? context.getInstanceBaseUrl();
	const endpoint = process.env.N8N_ENDPOINT_WEBHOOK ?? 'webhook';
	const prefix = (context.getNodeParameter('pathPrefix', 'journeys') as string).replace(/^\/+|\/+$/g, '');
	const base = `${instance.replace(/^"+|"+$/g, '').replace(/\/+$/, '')}/${endpoint}`;
	return NodeHelpers.getNodeWebhookUrl(base, String(context.getWorkflow().id), context.getNode(), prefix || 'journeys', true);
}
