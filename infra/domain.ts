/** A domain name of the operator's own for the API. */
import { CfnOutput } from 'aws-cdk-lib';
import { ApiMapping, DomainName, type IHttpStage, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Construct } from 'constructs';
import { OUTPUTS } from '../functions/contract/stacks.ts';
import { requireRegion } from './region.ts';
import type { ServingSettings } from './settings/serving.ts';

/**
 * The API answers under the name, too, and outputs say what the operator's DNS needs. The name is regional, as HTTP APIs
 * have no other kind, and so the certificate is of the API's own region.
 */
export function addDomain(
  scope: Construct,
  stage: IHttpStage,
  { name, certificate }: NonNullable<ServingSettings['domain']>,
): void {
  const inside = new Construct(scope, 'OwnDomain');
  requireRegion(inside, 'CertificateRegion', 'certificate', certificate);
  const domainName = new DomainName(inside, 'Name', {
    domainName: name,
    certificate: Certificate.fromCertificateArn(inside, 'Certificate', certificate),
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  new ApiMapping(inside, 'Mapping', { api: stage.api, domainName, stage });
  new CfnOutput(scope, OUTPUTS.domainEndpoint, { value: `https://${domainName.name}` });
  new CfnOutput(scope, OUTPUTS.domainTarget, {
    value: domainName.regionalDomainName,
    description: `What a CNAME record of ${name} leads to`,
  });
  new CfnOutput(scope, OUTPUTS.domainTargetZone, {
    value: domainName.regionalHostedZoneId,
    description: 'The hosted zone of that, for an alias record in Route 53',
  });
}
