import { contactsCsv } from './contacts.mjs';

/**
 * Posts the contacts as a CSV file to the published workflow workflows/import-contacts.json (a Webhook, then Profile Engine:
 * Import CSV as test people), and returns what it answers: Profile Engine's report.
 * @param {{ url: string }} n8n
 * @param {{ nodes: any[] }} workflow @param {import('./contacts.mjs').Contact[]} contacts
 */
export async function importContacts(n8n, workflow, contacts) {
	const webhook = workflow.nodes.find((node) => node.type === 'n8n-nodes-base.webhook');
	if (!webhook) throw new Error('workflows/import-contacts.json has no Webhook node to send the CSV to.');
	const form = new FormData();
	form.append('file', new Blob([contactsCsv(contacts)], { type: 'text/csv' }), 'contacts.csv');
	const response = await fetch(`${n8n.url}/webhook/${webhook.parameters.path}`, { method: 'POST', body: form });
	const text = await response.text();
	if (!response.ok) throw new Error(`The import of the contacts answered ${response.status}: ${text.slice(0, 1_000)}`);
	const answer = JSON.parse(text);
	const report = Array.isArray(answer) ? answer[0] : answer;
	if (report.rejectedCount > 0 || report.created + report.updated !== contacts.length) {
		throw new Error(`Not all ${contacts.length} contacts were imported: ${JSON.stringify(report).slice(0, 1_000)}`);
	}
	return report;
}
