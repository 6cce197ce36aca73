/** A monthly budget with e-mails, for those who ask for one: AWS knows what everything of the app costs, runs only estimate. */
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Construct } from 'constructs';

export interface BudgetSettings {
  /** US dollars a month. */
  dollars: number;
  email: string;
}

/**
 * Mails when the month's cost is over the budget, and when it is forecast to be.
 *
 * @param application value of the tag `application`, whose resources count; the tag has to be activated for cost
 *   allocation in the account, or nothing is counted
 */
export function monthlyBudget(scope: Construct, application: string, settings: BudgetSettings): CfnBudget {
  const subscribers = [{ subscriptionType: 'EMAIL', address: settings.email }];
  const whenOver = (notificationType: 'ACTUAL' | 'FORECASTED') => ({
    notification: {
      notificationType,
      comparisonOperator: 'GREATER_THAN',
      threshold: 100,
      thresholdType: 'PERCENTAGE',
    },
    subscribers,
  });
  return new CfnBudget(scope, 'Budget', {
    budget: {
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: settings.dollars, unit: 'USD' },
      costFilters: { TagKeyValue: [`user:application$${application}`] },
    },
    notificationsWithSubscribers: [whenOver('ACTUAL'), whenOver('FORECASTED')],
  });
}
