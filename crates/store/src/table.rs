//! The table itself, for who makes one: the cloud on one machine, and tests. In the cloud `infra/` declares the same.

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
    },
};

use crate::{
    StoreError,
    keys::{BY_OWNER, BY_RANK},
};

/// Makes the table unless it is there.
///
/// # Errors
/// The table service's.
pub async fn create_table(client: &Client, name: &str) -> Result<(), StoreError> {
    let attribute = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .map_err(StoreError::corrupt)
    };
    let mut request =
        client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for attribute_name in ["pk", "sk", "owner_pk", "owner_sk", "rank_pk", "rank_sk"] {
        request = request.attribute_definitions(attribute(attribute_name)?);
    }
    for element in key_schema("pk", "sk")? {
        request = request.key_schema(element);
    }
    let created = request
        .global_secondary_indexes(index(BY_OWNER, "owner_pk", "owner_sk")?)
        .global_secondary_indexes(index(BY_RANK, "rank_pk", "rank_sk")?)
        .send()
        .await;
    match created {
        Ok(_) => {
            let ttl = TimeToLiveSpecification::builder()
                .attribute_name("expires_at")
                .enabled(true)
                .build()
                .map_err(StoreError::corrupt)?;
            client
                .update_time_to_live()
                .table_name(name)
                .time_to_live_specification(ttl)
                .send()
                .await?;
            Ok(())
        }
        Err(err)
            if err.as_service_error().is_some_and(|err| err.is_resource_in_use_exception()) =>
        {
            Ok(())
        }
        Err(err) => Err(err.into()),
    }
}

fn key_schema(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>, StoreError> {
    [(hash, KeyType::Hash), (range, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
                .map_err(StoreError::corrupt)
        })
        .collect()
}

/// Keys only: a head that moves with each post must not be written three times.
fn index(name: &str, hash: &str, range: &str) -> Result<GlobalSecondaryIndex, StoreError> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema(hash, range)?))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .map_err(StoreError::corrupt)
}
