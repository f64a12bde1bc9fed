import { selectors, type Locator, type Page } from 'playwright-core';

import type { Stand } from './stand';

selectors.setTestIdAttribute('data-test-id');

/** n8n's editor as a person uses it. */
export class Editor {
	constructor(
		private readonly page: Page,
		private readonly stand: Stand,
	) {}

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

	/** What a dropdown that the engine fills offers. The panel must be open. */
	async listed(panel: Locator, parameter: string): Promise<string[]> {
		await panel.getByTestId(`parameter-input-${parameter}`).getByTestId('rlc-input-container').click();
		const items = this.page.getByTestId('rlc-item');
		await items.first().waitFor();
		const names = await items.allInnerTexts();
		await this.page.keyboard.press('Escape');
		return names.map((name) => name.trim());
	}
}
