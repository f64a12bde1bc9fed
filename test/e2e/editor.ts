import { selectors, type Locator, type Page } from 'playwright-core';

import type { Stand } from './stand';

selectors.setTestIdAttribute('data-test-id');

/** n8n's editor as a person uses it. */
export class Editor {
	constructor(
		private readonly page: Page,
		private readonly stand: Stand,
	) {
		// The editor asks before a page with changes is left.
		page.on('dialog', (dialog) => void dialog.accept());
	}

	async signIn(): Promise<void> {
		await this.page.goto(`${this.stand.n8n.url}/signin`);
		await this.page.getByLabel('Email').fill(this.stand.owner.email);
		await this.page.locator('input[type=password]').fill(this.stand.owner.password);
		await this.page.getByRole('button', { name: 'Sign in' }).click();
		await this.page.waitForURL(/\/(home|workflow)/);
	}

	/** Opens a workflow's canvas and waits until all of its nodes are drawn. */
	async openCanvas(workflowId: string, nodes: number): Promise<void> {
		await this.page.goto(`${this.stand.n8n.url}/workflow/${workflowId}`);
		await this.page.getByTestId('canvas-node').nth(nodes - 1).waitFor();
	}

	/** Opens a node's panel by a double click, as people do. */
	async openPanel(node: string): Promise<Locator> {
		await this.page.locator(`[data-test-id=canvas-node][data-node-name="${node}"]`).dblclick();
		const panel = this.page.getByTestId('ndv');
		await panel.waitFor();
		await panel.getByTestId('node-parameters').waitFor();
		return panel;
	}

	async closePanel(): Promise<void> {
		await this.page.keyboard.press('Escape');
		await this.page.getByTestId('ndv').waitFor({ state: 'detached' });
	}

	/** What a list of names that the engine fills offers; it stays open. */
	async listed(panel: Locator, parameter: string): Promise<string[]> {
		await panel.getByTestId(`parameter-input-${parameter}`).getByTestId('rlc-input-container').click();
		const items = this.page.getByTestId('rlc-item');
		await items.first().waitFor();
		const names = await items.allInnerTexts();
		return names.map((name) => name.trim());
	}

	/** Chooses an option of a plain dropdown by its name. */
	async choose(panel: Locator, parameter: string, option: string): Promise<void> {
		await panel.getByTestId(`parameter-input-${parameter}`).first().click();
		await this.page.getByRole('option', { name: option }).first().click();
	}

	/** What a plain dropdown offers that the node fills; it stays open. */
	async options(panel: Locator, parameter: string): Promise<string[]> {
		await panel.getByTestId(`parameter-input-${parameter}`).first().click();
		const items = this.page.getByRole('option').filter({ visible: true });
		await items.first().waitFor();
		const names = await items.allInnerTexts();
		return names.map((name) => name.trim());
	}

	/** Runs the opened workflow by hand and waits for its end. */
	async execute(): Promise<void> {
		await this.page.getByTestId('execute-workflow-button').click();
		await this.page.getByTestId('clear-execution-data-button').waitFor();
		await this.page.getByText('Workflow executed successfully').first().waitFor();
	}
}
