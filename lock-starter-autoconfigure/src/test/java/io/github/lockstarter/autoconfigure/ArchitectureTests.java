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

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.ArchTests;
import com.tngtech.archunit.lang.ArchRule;

import io.github.lockstarter.fixture.TimeRule;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The starter uses runs and locks, and nothing that an application might not have.
 */
@AnalyzeClasses(packages = "io.github.lockstarter.autoconfigure", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchTests time = ArchTests.in(TimeRule.class);

	@ArchTest
	static final ArchRule ticksAreNoneOfItsBusiness = noClasses().should()
		.dependOnClassesThat()
		.resideInAPackage("io.github.lockstarter.schedule..");

	@ArchTest
	static final ArchRule springDataRedisNeedNotBeThere = noClasses().should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.data..");

	@ArchTest
	static final ArchRule oneClassKnowsTheDetailsOfBoot3 = noClasses().that()
		.doNotHaveSimpleName("RedisDetailsConfiguration")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.boot.autoconfigure.data..");

	@ArchTest
	static final ArchRule oneClassKnowsTheDetailsOfBoot4 = noClasses().that()
		.doNotHaveSimpleName("DataRedisDetailsConfiguration")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.boot.data..");

	@ArchTest
	static final ArchRule oneClassKnowsTheHealthOfBoot3 = noClasses().that()
		.haveNameNotMatching(".*\\.ActuatorHealthConfiguration(\\$.*)?")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.boot.actuate.health..",
				"org.springframework.boot.actuate.autoconfigure.health..");

	@ArchTest
	static final ArchRule oneClassKnowsTheHealthOfBoot4 = noClasses().that()
		.haveNameNotMatching(".*\\.HealthContributorConfiguration(\\$.*)?")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.boot.health..");

	@ArchTest
	static final ArchRule micrometerNeedNotBeThere = noClasses().that()
		.haveSimpleNameNotStartingWith("JobMetrics")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("io.micrometer..");

	@ArchTest
	static void workersArePackagePrivate(JavaClasses classes) {
		assertThat(classes.stream()
			.filter(JavaClass::isTopLevelClass)
			.filter((type) -> type.getModifiers().contains(JavaModifier.PUBLIC))
			.map(JavaClass::getSimpleName))
			.containsExactlyInAnyOrder("DistributedScheduledAutoConfiguration", "DistributedScheduledProperties");
	}

}
