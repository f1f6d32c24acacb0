/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.github.lockstarter.autoconfigure;

import java.lang.reflect.RecordComponent;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.YamlMapFactoryBean;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.core.io.ClassPathResource;

import io.github.lockstarter.RedisUnavailablePolicy;
import io.github.lockstarter.autoconfigure.DistributedScheduledProperties.OnRedisUnavailable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What tools and Spring Boot read from the jar.
 */
class MetadataTests {

	@Test
	void everyPropertyIsDescribedForTools() {
		Map<String, Map<String, Object>> properties = properties();
		assertThat(properties.keySet()).containsExactlyInAnyOrderElementsOf(
				Stream
					.concat(names("distributed-scheduled.", DistributedScheduledProperties.class),
							names("distributed-scheduled.redis.", LockClientProperties.class))
					.toList());
		assertThat(properties).allSatisfy((name, property) -> {
			assertThat((String) property.get("description")).as(name).hasSizeGreaterThan(15);
			assertThat((String) property.get("type")).as(name).isNotEmpty();
		});
	}

	@Test
	void defaultsAreShownToTools() {
		Map<String, Object> defaults = properties().entrySet()
			.stream()
			.filter((entry) -> entry.getValue().containsKey("defaultValue"))
			.collect(Collectors.toMap((entry) -> entry.getKey().substring("distributed-scheduled.".length()),
					(entry) -> entry.getValue().get("defaultValue")));
		assertThat(defaults).containsOnly(Map.entry("mode", "redis"), Map.entry("key-prefix", "distributed-scheduled:"),
				Map.entry("lease", "60s"), Map.entry("lock-at-least-for", "0s"), Map.entry("timeout", "0s"),
				Map.entry("acquire-timeout", "2s"), Map.entry("max-clock-skew", "1m"),
				Map.entry("on-redis-unavailable", "retry"), Map.entry("retry-within", "1m"), Map.entry("spread", true),
				Map.entry("history-runs", 100), Map.entry("history-messages", true),
				Map.entry("replicas.acknowledge", 0), Map.entry("replicas.within", "500ms"),
				Map.entry("overdue-after", "5m"), Map.entry("operations.writes-enabled", false),
				Map.entry("redis.use-script-cache", true));
	}

	@Test
	void noPropertyOffersAPolicyThatIsRefused() {
		Object type = properties().get("distributed-scheduled.on-redis-unavailable").get("type");
		assertThat(type).isEqualTo(OnRedisUnavailable.class.getName());
		assertThat(OnRedisUnavailable.values()).extracting(OnRedisUnavailable::policy)
			.containsExactlyInAnyOrderElementsOf(EnumSet.complementOf(EnumSet.of(RedisUnavailablePolicy.INHERIT)));
	}

	@Test
	void springBootFindsTheAutoConfiguration() {
		assertThat(ImportCandidates.load(AutoConfiguration.class, null))
			.contains(DistributedScheduledAutoConfiguration.class.getName());
	}

	/**
	 * A property of Spring Boot's condition, so of no class of ours.
	 */
	@Test
	void theSwitchOfTheHealthIsDescribedForTools() {
		assertThat(all()).containsKey("management.health.distributed-scheduled.enabled");
		Map<String, Object> property = all().get("management.health.distributed-scheduled.enabled");
		assertThat(property).containsEntry("type", "java.lang.Boolean").containsEntry("defaultValue", true);
		assertThat((String) property.get("description")).hasSizeGreaterThan(15);
	}

	private static Stream<String> names(String prefix, Class<?> type) {
		return Stream.of(type.getRecordComponents())
			.flatMap((component) -> component.getType().isRecord()
					? names(prefix + name(component) + ".", component.getType()) : Stream.of(prefix + name(component)));
	}

	private static String name(RecordComponent component) {
		return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
	}

	private static Map<String, Map<String, Object>> properties() {
		return all().entrySet()
			.stream()
			.filter((property) -> property.getKey().startsWith("distributed-scheduled."))
			.collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
	}

	/**
	 * JSON is YAML, too.
	 */
	@SuppressWarnings("unchecked")
	private static Map<String, Map<String, Object>> all() {
		YamlMapFactoryBean reader = new YamlMapFactoryBean();
		reader.setResources(new ClassPathResource("META-INF/spring-configuration-metadata.json",
				DistributedScheduledProperties.class.getClassLoader()));
		Map<String, Object> metadata = reader.getObject();
		assertThat(metadata).isNotNull();
		return ((List<Map<String, Object>>) metadata.get("properties")).stream()
			.collect(Collectors.toMap((property) -> (String) property.get("name"), (property) -> property));
	}

}
